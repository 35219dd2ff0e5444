import { type Control, readBy } from '#core/controls/control.ts';
import { controlsOf } from '#core/controls/registry.ts';
import { COLUMN_TYPES, DATASETS, type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import { addDays, type Day, parsePeriod } from '#core/domain/period.ts';
import type { PartitionPlan } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { literal, parquetOf } from './load.ts';
import { currencyOf } from './usage-day.ts';
import { CREATE_VIOLATION } from './violation-table.ts';

const CHECK_MACROS = new URL('./sql/check-macros.sql', import.meta.url);

/**
 * Opens what the checks of a partition read: a view per dataset that one of them needs (nothing is copied: each check
 * reads the columns it names), the table `scope`, and an empty `violation`. Returns the currency.
 */
export async function prepareChecks(
  session: WarehouseSession,
  plan: Pick<PartitionPlan, 'controls' | 'dt' | 'period' | 'kind' | 'files'>,
  ports: EnginePorts,
): Promise<string> {
  await defineMoneyMacros(session, ports.readSql);
  await session.run(await ports.readSql(CHECK_MACROS));
  const needed = new Set<DatasetName>(['tariff', 'catalog']);
  for (const control of checksOf(plan)) for (const dataset of readBy(control)) needed.add(dataset);
  for (const dataset of needed) await openDataset(session, plan, dataset, ports);
  const currency = await currencyOf(session);
  const last = plan.kind === 'day-checks' ? plan.dt : parsePeriod(plan.period).to;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE scope AS SELECT DATE ${literal(plan.dt)} AS first_day, DATE ${literal(last)} AS last_day,
       CAST(DATE ${literal(plan.dt)} AS TIMESTAMP_MS) AS from_at,
       CAST(DATE ${literal(addDays(last as Day, 1))} AS TIMESTAMP_MS) AS to_at, ${literal(currency)} AS currency`,
  );
  await session.run(CREATE_VIOLATION);
  return currency;
}

/** The checks that a partition runs, in attribution order. */
export function checksOf(plan: Pick<PartitionPlan, 'controls' | 'kind'>): readonly Control[] {
  const scope = plan.kind === 'day-checks' ? 'day' : 'month';
  return controlsOf(plan.controls).filter((control) => control.grain === 'check' && control.scope === scope);
}

/** A view of the files of a dataset. A column that none of its files has is NULL. */
async function openDataset(
  session: WarehouseSession,
  plan: Pick<PartitionPlan, 'files'>,
  dataset: DatasetName,
  { lake }: EnginePorts,
): Promise<void> {
  const declared = [...DATASETS[dataset].columns, ...LINEAGE_COLUMNS];
  const own = plan.files.filter((file) => file.dataset === dataset);
  if (own.length === 0) {
    const nothing = declared.map(({ name, type }) => `CAST(NULL AS ${COLUMN_TYPES[type]}) AS ${name}`);
    return session.run(`CREATE OR REPLACE TEMP VIEW ${dataset} AS SELECT ${nothing.join(', ')} WHERE false`);
  }
  const from = parquetOf(await Promise.all(own.map((file) => lake.localPath(file))));
  const found = await session.query(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${from})`);
  const present = new Set(found.map((row) => String(row.column_name)));
  const columns = declared.map(
    ({ name, type }) => `CAST(${present.has(name) ? name : 'NULL'} AS ${COLUMN_TYPES[type]}) AS ${name}`,
  );
  await session.run(`CREATE OR REPLACE TEMP VIEW ${dataset} AS SELECT ${columns.join(', ')} FROM ${from}`);
}
