import { type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros, rateSessions } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { loadDataset, parquetOf } from './load.ts';
import { dayOfFile } from './plan.ts';
import { CREATE_VIOLATION } from './violation-table.ts';

const FOLD_USAGE = new URL('./sql/fold-usage.sql', import.meta.url);
const CHARGES = new URL('./sql/charges.sql', import.meta.url);
const SESSION = new URL('./sql/session.sql', import.meta.url);
const HOPS = new URL('./sql/hops.sql', import.meta.url);

/** Without these a session with usage cannot be judged; without usage and billed not even a ghost. */
const SESSION_NEEDS: readonly DatasetName[] = [
  'usage',
  'rated',
  'billed',
  'subscription',
  'catalog',
  'tariff',
  'zone',
];
const GHOST_NEEDS: readonly DatasetName[] = ['usage', 'billed'];

const LINEAGE = LINEAGE_COLUMNS.map((column) => column.name);
const UNUSED_COLUMNS = {
  usage: ['imsi', 'cell', 'final_partial'],
  rated: [],
  billed: ['posting_date', 'period_from', 'period_to'],
} as const;

/** What tells apart the records of a file, as in fold-usage.sql. */
const BY_FILE =
  'file_id, source, service, start_time, correlation_id, record_id, partial_sequence, quantity, a_number';

/** Stands for a currency where nothing says one (ISO 4217: no currency). */
export const NO_CURRENCY = 'XXX';

/** What is read: files of one or more days, and which feeds lack slots. */
export interface UsageInput {
  /** The day of the partition; null when sessions of several days are looked at. */
  readonly day: string | null;
  readonly files: readonly LakeFile[];
  readonly missing: PartitionPlan['missing'];
  /** Only sessions whose key is in the table `wanted`. */
  readonly onlyWanted?: boolean;
}

/**
 * Loads, folds, rates and joins: afterwards the session holds `session`, `candidate`, `open_session`, `hop` and an
 * empty `violation`. Returns the currency in which everything is counted.
 */
export async function prepareUsageDay(
  session: WarehouseSession,
  input: UsageInput,
  ports: EnginePorts,
): Promise<string> {
  await defineMoneyMacros(session, ports.readSql);
  const currency = await loadUsageInput(session, input, ports);
  await session.run(await ports.readSql(FOLD_USAGE));
  await rateSessions(session, ports.readSql);
  await session.run(await ports.readSql(CHARGES), { currency });
  const missing = new Set(input.missing.map(({ dataset }) => dataset));
  const complete = (needs: readonly DatasetName[]) => !needs.some((name) => missing.has(name));
  await session.run(await ports.readSql(SESSION), {
    currency,
    session_complete: complete(SESSION_NEEDS),
    ghost_complete: complete(GHOST_NEEDS),
    duplicates_complete: complete(['billed']),
  });
  if (input.day !== null) await session.run(await ports.readSql(HOPS), { day: input.day });
  await session.run(CREATE_VIOLATION);
  return currency;
}

async function loadUsageInput(
  session: WarehouseSession,
  input: UsageInput,
  { lake }: EnginePorts,
): Promise<string> {
  const own = input.files.filter((file) => inDay(file, input.day));
  const where = input.onlyWanted ? 'correlation_id IN (SELECT key FROM wanted)' : undefined;
  for (const dataset of ['usage', 'rated', 'billed'] as const) {
    const without = UNUSED_COLUMNS[dataset];
    await loadDataset(session, lake, dataset, own, where === undefined ? { without } : { without, where });
  }
  for (const dataset of ['subscription', 'catalog', 'tariff', 'zone', 'holiday', 'file_trailer'] as const) {
    await loadDataset(session, lake, dataset, own, { without: LINEAGE });
  }
  const before = input.files.filter((file) => file.dataset === 'usage' && !inDay(file, input.day));
  const paths = await Promise.all(before.map((file) => lake.localPath(file)));
  const later = paths.length === 0 ? '' : `UNION ALL SELECT ${BY_FILE} FROM ${parquetOf(paths)}`;
  await session.run(`CREATE OR REPLACE TEMP VIEW usage_by_file AS SELECT ${BY_FILE} FROM usage ${later}`);
  return currencyOf(session);
}

/** False for usage of the day before, which is only counted by file. */
function inDay(file: LakeFile, day: string | null): boolean {
  return day === null || file.dataset !== 'usage' || dayOfFile(file) === day;
}

/** The currency of most rows of the price lists, else of the catalog (of those equally frequent the first by name). */
export async function currencyOf(session: WarehouseSession): Promise<string> {
  const [row] = await session.query(
    `SELECT currency FROM (SELECT currency, 1 AS rank FROM tariff UNION ALL SELECT currency, 2 FROM catalog)
     GROUP BY currency, rank ORDER BY rank, count(*) DESC, currency LIMIT 1`,
  );
  return String(row?.currency ?? NO_CURRENCY);
}
