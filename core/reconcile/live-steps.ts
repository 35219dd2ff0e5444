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

const LINEAGE = LINEAGE_COLUMNS.map((column) => column.name);
const REFERENCES = ['subscription', 'catalog', 'tariff', 'zone', 'holiday', 'allowance'] as const;
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

const UNUSED_COLUMNS = {
  usage: ['imsi', 'cell', 'final_partial'],
  rated: ['offer_id', 'rated_at'],
  billed: ['posting_date', 'period_from', 'period_to'],
} as const;

/** What tells apart the records of a file, as in fold-usage.sql. */
const BY_FILE =
  'file_id, source, service, start_time, correlation_id, record_id, partial_sequence, quantity, a_number';

/** Columns of an event dataset that no control of sessions reads. */
export function withoutUnused(dataset: keyof typeof UNUSED_COLUMNS): { readonly without: readonly string[] } {
  return { without: UNUSED_COLUMNS[dataset] };
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

/** Folds, rates and joins the rows of `usage`, `rated` and `billed` into `session`, `candidate` and `open_session`. */
export async function judgeSessions(
  session: WarehouseSession,
  { missing, currency }: { readonly missing: PartitionPlan['missing']; readonly currency: string },
  { readSql }: EnginePorts,
): Promise<void> {
  const fold = async () => session.run(await readSql(FOLD_USAGE));
  await fold();
  await matchForeign(session, readSql, fold);
  await rateSessions(session, readSql);
  await session.run(await readSql(CHARGES), { currency });
  const lost = new Set(missing.map(({ dataset }) => dataset));
  const complete = (needs: readonly DatasetName[]) => !needs.some((name) => lost.has(name));
  await session.run(await readSql(SESSION), {
    currency,
    session_complete: complete(SESSION_NEEDS),
    ghost_complete: complete(GHOST_NEEDS),
    duplicates_complete: complete(['billed']),
  });
}

/** What conservation and hop counts read beside the kept tables: views of charges, trailers, usage by file, hops. */
export async function countDay(
  session: WarehouseSession,
  plan: PartitionPlan,
  currency: string,
  { lake, readSql }: EnginePorts,
): Promise<void> {
  await session.run(await readSql(CHARGES), { currency });
  await loadDataset(session, lake, 'file_trailer', plan.files, { without: LINEAGE });
  const before = plan.files.filter((file) => file.dataset === 'usage' && dayOfFile(file) !== plan.dt);
  const paths = await Promise.all(before.map((file) => lake.localPath(file)));
  const later = paths.length === 0 ? '' : `UNION ALL SELECT ${BY_FILE} FROM ${parquetOf(paths)}`;
  await session.run(`CREATE OR REPLACE TEMP VIEW usage_by_file AS SELECT ${BY_FILE} FROM usage ${later}`);
  await session.run(await readSql(HOPS), { day: plan.dt });
}
