import { type Control, readBy } from '#core/controls/control.ts';
import { controlsOf } from '#core/controls/registry.ts';
import { COLUMN_TYPES, DATASETS, type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import type { ControlResult } from '#core/domain/outcome.ts';
import { addDays, type Day, parsePeriod } from '#core/domain/period.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { columnsOfParquet, literal, parquetOf } from './load.ts';
import { dayOfFile } from './plan.ts';
import { reasonNotToLook, runControls } from './run-controls.ts';
import { currencyOf } from './usage-day.ts';
import { CREATE_VIOLATION } from './violation-table.ts';

/** Files whose records are not all there: for checks that read both sides of that count. */
const LACKING_FILE = new URL('./sql/lacking-file.sql', import.meta.url);
/** What a unit and a record of each service are worth: for checks of what nothing has priced. */
const WORTH = new URL('./sql/worth.sql', import.meta.url);
/** Discounts that were not due: three controls of invoices share that money. */
const UNDUE_DISCOUNTS = new URL('./sql/undue-discounts.sql', import.meta.url);
const BELOW_FLOOR = new URL('./sql/below-floor.sql', import.meta.url);
const CHECK_MACROS = new URL('./sql/check-macros.sql', import.meta.url);

/** Views over views, for every check that reads what they are made of. */
const SHARED_VIEWS: readonly { readonly of: readonly DatasetName[]; readonly sql: URL }[] = [
  { of: ['usage', 'file_trailer'], sql: LACKING_FILE },
  { of: ['usage', 'rated'], sql: WORTH },
  { of: ['invoice_line', 'discount', 'subscription'], sql: UNDUE_DISCOUNTS },
  { of: ['invoice_line', 'discount', 'subscription', 'commitment'], sql: BELOW_FLOOR },
];

/** Datasets that every check may read: they say the currency. */
const ALWAYS: readonly DatasetName[] = ['tariff', 'catalog'];

type ChecksPlan = Pick<PartitionPlan, 'controls' | 'dt' | 'period' | 'kind' | 'files' | 'missing'>;

/** What the checks of a partition have found; the session holds their violations. */
export interface CheckedPartition {
  readonly currency: string;
  readonly controls: readonly ControlResult[];
}

/** The checks that a partition runs, in attribution order. */
export function checksOf(plan: Pick<PartitionPlan, 'controls' | 'kind'>): readonly Control[] {
  const scope = plan.kind === 'day-checks' ? 'day' : 'month';
  return controlsOf(plan.controls).filter((control) => control.grain === 'check' && control.scope === scope);
}

/**
 * Runs the checks of a partition into `violation`. Each reads views of the datasets that it names, over its own window
 * of days whatever the others ask for, and the one-row table `scope`. Nothing is copied: a check reads the columns it
 * names from the files.
 */
export async function runChecks(
  session: WarehouseSession,
  plan: ChecksPlan,
  ports: EnginePorts,
): Promise<CheckedPartition> {
  await defineMoneyMacros(session, ports.readSql);
  await session.run(await ports.readSql(CHECK_MACROS));
  const last = (plan.kind === 'day-checks' ? plan.dt : parsePeriod(plan.period).to) as Day;
  const views = new Views(session, plan, last, ports);
  for (const dataset of ALWAYS) await views.open(dataset, {});
  const currency = await currencyOf(session);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE scope AS SELECT DATE ${literal(plan.dt)} AS first_day, DATE ${literal(last)} AS last_day,
       CAST(DATE ${literal(plan.dt)} AS TIMESTAMP_MS) AS from_at,
       CAST(DATE ${literal(addDays(last, 1))} AS TIMESTAMP_MS) AS to_at, ${literal(currency)} AS currency`,
  );
  await session.run(CREATE_VIOLATION);
  const controls: ControlResult[] = [];
  for (const control of checksOf(plan)) {
    if (reasonNotToLook(control, plan.missing) === null) {
      const read = readBy(control);
      for (const dataset of read) await views.open(dataset, control.window ?? {});
      for (const { of, sql } of SHARED_VIEWS)
        if (of.every((name) => read.includes(name))) await session.run(await ports.readSql(sql));
    }
    controls.push(...(await runControls(session, [control], { ...plan, currency }, ports.readSql)));
  }
  return { currency, controls };
}

/** The views of a session: one per dataset, over the days that the check which is run reads. */
class Views {
  readonly #session: WarehouseSession;
  readonly #plan: ChecksPlan;
  readonly #last: Day;
  readonly #ports: EnginePorts;
  /** What each view is open for. */
  readonly #open = new Map<DatasetName, string>();
  readonly #columns = new Map<string, ReadonlySet<string>>();

  constructor(session: WarehouseSession, plan: ChecksPlan, last: Day, ports: EnginePorts) {
    this.#session = session;
    this.#plan = plan;
    this.#last = last;
    this.#ports = ports;
  }

  /** Opens the view of a dataset. A column that none of its files has is NULL. */
  async open(dataset: DatasetName, { before = 0, after = 0 }: NonNullable<Control['window']>): Promise<void> {
    const event = DATASETS[dataset].kind === 'event';
    const name = event ? `${before} ${after}` : '';
    if (this.#open.get(dataset) === name) return;
    this.#open.set(dataset, name);
    const [from, to] = [addDays(this.#plan.dt as Day, -before), addDays(this.#last, after)];
    const inWindow = (file: LakeFile) => !event || (dayOfFile(file) >= from && dayOfFile(file) <= to);
    const own = this.#plan.files.filter((file) => file.dataset === dataset && inWindow(file));
    await this.#session.run(`CREATE OR REPLACE TEMP VIEW ${dataset} AS ${await this.#rows(dataset, own)}`);
  }

  async #rows(dataset: DatasetName, files: readonly LakeFile[]): Promise<string> {
    const declared = [...DATASETS[dataset].columns, ...LINEAGE_COLUMNS];
    if (files.length === 0) {
      const nothing = declared.map(({ name, type }) => `CAST(NULL AS ${COLUMN_TYPES[type]}) AS ${name}`);
      return `SELECT ${nothing.join(', ')} WHERE false`;
    }
    const paths = await Promise.all(files.map((file) => this.#ports.lake.localPath(file)));
    const present = await this.#columnsOf(paths);
    const columns = declared.map(
      ({ name, type }) => `CAST(${present.has(name) ? name : 'NULL'} AS ${COLUMN_TYPES[type]}) AS ${name}`,
    );
    return `SELECT ${columns.join(', ')} FROM ${parquetOf(paths)}`;
  }

  async #columnsOf(paths: readonly string[]): Promise<ReadonlySet<string>> {
    const key = paths.join();
    const known = this.#columns.get(key) ?? (await columnsOfParquet(this.#session, paths));
    this.#columns.set(key, known);
    return known;
  }
}
