import { DATASET_NAMES, type DatasetName } from '#core/domain/datasets.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { columnsOfParquet, type LoadOptions, literal, parquetOf, rowsOfFiles } from './load.ts';
import { dayOfFile } from './plan.ts';
import { settlePlain, settleReceived } from './settle.ts';
import { SIDES } from './settle-layout.ts';
import {
  BY_FILE,
  countHopsOfDay,
  isComplete,
  judgeSessions,
  LINEAGE,
  UNUSED_COLUMNS,
} from './usage-steps.ts';
import { CREATE_VIOLATION } from './violation-table.ts';

/** Usage records from which on it pays to settle in sums first. */
const SETTLE_FROM = 30_000;

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
  const paths = await pathsOf(input, ports.lake);
  const complete = isComplete(input.missing);
  const { currency, settled } = await loadUsageInput(session, input, paths, complete, ports);
  await judgeSessions(session, { missing: input.missing, currency }, ports, async () => {
    if (settled && input.day !== null) await settleReceived(session, input.day, ports.readSql);
  });
  if (input.day !== null) await countHopsOfDay(session, input.day, ports);
  await session.run(CREATE_VIOLATION);
  return currency;
}

/** Paths by dataset, and those of usage of the day before. */
type Paths = Readonly<Record<DatasetName | 'before', readonly string[]>>;

async function pathsOf(input: UsageInput, lake: EnginePorts['lake']): Promise<Paths> {
  const paths = Object.fromEntries(DATASET_NAMES.map((name) => [name, [] as string[]]));
  const before: string[] = [];
  for (const file of input.files) {
    const place = inDay(file, input.day) ? paths[file.dataset] : before;
    place?.push(await lake.localPath(file));
  }
  return { ...paths, before } as unknown as Paths;
}

async function loadUsageInput(
  session: WarehouseSession,
  input: UsageInput,
  paths: Paths,
  complete: boolean,
  ports: EnginePorts,
): Promise<{ currency: string; settled: boolean }> {
  const load = async (name: DatasetName, options: LoadOptions) =>
    session.run(
      `CREATE OR REPLACE TEMP TABLE ${name} ${await rowsOfFiles(session, name, paths[name], options)}`,
    );
  for (const dataset of ['catalog', 'tariff', 'zone', 'holiday', 'file_trailer', 'allowance'] as const) {
    // A charge plan tells price list rows apart by their place in the file.
    await load(dataset, { without: dataset === 'tariff' ? [] : LINEAGE });
  }
  const currency = await currencyOf(session);
  const { day } = input;
  const settled = day !== null && complete && isWorthwhile(input, paths, ports.settle);
  const later = settled ? `WHERE CAST(start_time AS DATE) = CAST(${literal(day)} AS DATE)` : '';
  if (settled) {
    const ddl = await rowsOfFiles(session, 'subscription', [], { without: LINEAGE });
    await session.run(`CREATE OR REPLACE TEMP TABLE subscription ${ddl}`);
    const sides = { usage: paths.usage, rated: paths.rated, billed: paths.billed };
    const { subscription, before } = paths;
    await settlePlain(session, { day, currency, sides, subscription, before }, ports.readSql);
    for (const side of SIDES) {
      const some = { without: UNUSED_COLUMNS[side], from: `${side}_file` };
      await load(side, { ...some, where: 'key_low IN (SELECT key_low FROM unsettled)' });
      const nameless = await rowsOfFiles(session, side, paths[side], {
        ...some,
        where: 'correlation_id IS NULL',
      });
      await session.run(`INSERT INTO ${side} ${nameless.slice('AS '.length)}`);
    }
    await load('subscription', { without: LINEAGE, where: OF_UNSETTLED });
  } else {
    // Where records are matched by what they say, each may be the match of any other: none can be left out.
    const whole = input.onlyWanted !== true || (await sayNumbers(session, paths));
    const where = whole ? {} : { where: 'correlation_id IN (SELECT key FROM wanted)' };
    for (const side of SIDES) await load(side, { without: UNUSED_COLUMNS[side], ...where });
    await load('subscription', { without: LINEAGE });
  }
  const before =
    paths.before.length === 0 ? '' : `UNION ALL SELECT ${BY_FILE} FROM ${parquetOf(paths.before)} ${later}`;
  await session.run(`CREATE OR REPLACE TEMP VIEW usage_by_file AS SELECT ${BY_FILE} FROM usage ${before}`);
  return { currency, settled };
}

/** True where rated or billed rows carry their numbers. */
async function sayNumbers(session: WarehouseSession, paths: Paths): Promise<boolean> {
  for (const side of ['rated', 'billed'] as const) {
    if (!(await columnsOfParquet(session, paths[side])).has('a_number')) continue;
    const [row] = await session.query(
      `SELECT EXISTS (FROM ${parquetOf(paths[side])} WHERE a_number IS NOT NULL) AS found`,
    );
    if (row?.found === true) return true;
  }
  return false;
}

/** Subscriptions that sessions which are judged one by one can need. */
const OF_UNSETTLED = `msisdn IN (SELECT a_number FROM usage) OR subscription_id IN (
  SELECT subscription_id FROM rated UNION SELECT subscription_id FROM billed)`;

function isWorthwhile(input: UsageInput, paths: Paths, settle: EnginePorts['settle']): boolean {
  const [needed] = [[...SIDES, 'subscription'] as const];
  // Sessions that an allowance may cover are not settled one by one.
  if (paths.allowance.length > 0) return false;
  if (input.onlyWanted === true || settle === 'never' || needed.some((name) => paths[name].length === 0))
    return false;
  const records = input.files
    .filter((file) => file.dataset === 'usage' && inDay(file, input.day))
    .reduce((sum, file) => sum + file.rows, 0);
  return settle === 'always' || records >= SETTLE_FROM;
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
