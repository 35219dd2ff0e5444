import { type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { rateSessions } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { loadDataset, parquetOf } from './load.ts';
import { matchForeign } from './match-foreign.ts';
import { dayOfFile } from './plan.ts';

const FOLD_USAGE = new URL('./sql/fold-usage.sql', import.meta.url);
const CHARGES = new URL('./sql/charges.sql', import.meta.url);
const SESSION = new URL('./sql/session.sql', import.meta.url);
const HOPS = new URL('./sql/hops.sql', import.meta.url);

export const LINEAGE = LINEAGE_COLUMNS.map((column) => column.name);
const REFERENCES = ['subscription', 'catalog', 'tariff', 'zone', 'holiday', 'allowance'] as const;
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

/** Columns that no control of sessions reads. */
export const UNUSED_COLUMNS = {
  usage: ['imsi', 'cell', 'final_partial'],
  rated: ['offer_id', 'rated_at'],
  billed: ['posting_date', 'period_from', 'period_to'],
} as const;

/** What tells apart the records of a file, as in fold-usage.sql. */
export const BY_FILE =
  'file_id, source, service, start_time, correlation_id, record_id, partial_sequence, quantity, a_number';

/** True where no slot is missing without which a session with usage cannot be judged. */
export function isComplete(missing: PartitionPlan['missing']): boolean {
  return lacksNone(missing, SESSION_NEEDS);
}

function lacksNone(missing: PartitionPlan['missing'], needs: readonly DatasetName[]): boolean {
  return !missing.some(({ dataset }) => needs.includes(dataset));
}

/** Loads the tables by which sessions are rated. */
export async function loadReferences(
  session: WarehouseSession,
  files: readonly LakeFile[],
  { lake }: EnginePorts,
): Promise<void> {
  for (const dataset of REFERENCES) {
    // A charge plan tells price list rows apart by their place in the file.
    await loadDataset(session, lake, dataset, files, { without: dataset === 'tariff' ? [] : LINEAGE });
  }
}

/**
 * Folds, matches, rates and joins the rows of `usage`, `rated` and `billed` into `session`, `candidate` and
 * `open_session`. `charged` is called when the charges are put together.
 */
export async function judgeSessions(
  session: WarehouseSession,
  { missing, currency }: { readonly missing: PartitionPlan['missing']; readonly currency: string },
  { readSql }: EnginePorts,
  charged: () => Promise<void> = async () => {},
): Promise<void> {
  const fold = async () => session.run(await readSql(FOLD_USAGE));
  await fold();
  await matchForeign(session, readSql, fold);
  await rateSessions(session, readSql);
  await session.run(await readSql(CHARGES), { currency });
  await charged();
  await session.run(await readSql(SESSION), {
    currency,
    session_complete: isComplete(missing),
    ghost_complete: lacksNone(missing, GHOST_NEEDS),
    duplicates_complete: lacksNone(missing, ['billed']),
  });
}

/** Counts the records of the day at the hops. */
export async function countHopsOfDay(
  session: WarehouseSession,
  day: string,
  { readSql }: EnginePorts,
): Promise<void> {
  await session.run(await readSql(HOPS), { day });
}

/** What conservation and hop counts read beside the kept tables: views of charges, trailers, usage by file, hops. */
export async function countDay(
  session: WarehouseSession,
  plan: PartitionPlan,
  currency: string,
  ports: EnginePorts,
): Promise<void> {
  const { lake, readSql } = ports;
  await session.run(await readSql(CHARGES), { currency });
  await loadDataset(session, lake, 'file_trailer', plan.files, { without: LINEAGE });
  const before = plan.files.filter((file) => file.dataset === 'usage' && dayOfFile(file) !== plan.dt);
  const paths = await Promise.all(before.map((file) => lake.localPath(file)));
  const later = paths.length === 0 ? '' : `UNION ALL SELECT ${BY_FILE} FROM ${parquetOf(paths)}`;
  await session.run(`CREATE OR REPLACE TEMP VIEW usage_by_file AS SELECT ${BY_FILE} FROM usage ${later}`);
  await countHopsOfDay(session, plan.dt, ports);
}
