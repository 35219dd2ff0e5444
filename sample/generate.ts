import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';
import { dayText, monthStart } from './calendar.ts';
import { changeLogOf } from './change-log.ts';
import { documentsOf } from './documents.ts';
import { isMoreFamily, MORE_FAMILY_NAMES, type MoreFamily } from './more-families.ts';
import { addMoreFaults } from './more-faults.ts';
import { BEGINNING, type Operator, operatorOf, type SampleParameters } from './operator.ts';
import { FEEDS, writeFeedDeclarations, writeReferenceFiles } from './reference-files.ts';
import { Simulation, type SimulationDirs } from './simulation.ts';
import { openDatabase } from './tables.ts';
import { faultRecords, type Totals } from './truth.ts';

export interface SampleProgress {
  readonly phase: 'plan' | 'day' | 'finish';
  /** Day just finished, `YYYY-MM-DD`; empty outside `day`. */
  readonly day: string;
  readonly done: number;
  readonly total: number;
  readonly usageRows: number;
}

export interface SampleOptions extends SampleParameters {
  /** Folder of the sample; created, or one that this generator filled before. */
  readonly out: string;
  /** Families of faults beside those of every sample, for whole Octobers of 31 days; none when left out. */
  readonly families?: readonly MoreFamily[];
  readonly onProgress?: (progress: SampleProgress) => void;
}

/** `manifest.json`: written last, so a folder without it holds an unfinished sample. */
export interface SampleManifest extends SampleParameters {
  readonly format: typeof FORMAT;
  /** Families beside those of every sample; left out where there are none. */
  readonly families?: readonly MoreFamily[];
  readonly from: string;
  readonly to: string;
  readonly usageRows: number;
  readonly ratedRows: number;
  readonly billedRows: number;
  readonly faults: number;
  readonly lookalikes: number;
  readonly totals: Totals;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

export interface SampleSummary extends Omit<SampleManifest, 'files'> {
  readonly out: string;
  readonly feedsDir: string;
  readonly truthDir: string;
  readonly files: number;
  /** True where a finished sample with the same parameters was there already. */
  readonly reused: boolean;
}

/** Changes whenever the same parameters give other files. */
const FORMAT = 'plumbline-sample/1';
const MANIFEST = 'manifest.json';
const UNFINISHED = '.generating';

/**
 * Writes a synthetic operator: `feeds/` as an operator has them, `truth/` for the scorer, and last `manifest.json`.
 * The same parameters give the same bytes. Nothing is done where a finished sample with the same parameters stands;
 * an unfinished one is done again. Throws a UsageError for impossible parameters or a folder that holds other things.
 */
export async function generateSample(options: SampleOptions): Promise<SampleSummary> {
  const { out, onProgress = () => {}, seed, subscribers, days } = options;
  const parameters = checked({ seed, subscribers, days });
  const families = checkedFamilies(options.families ?? [], days);
  const present = readManifest(out);
  if (present && isComplete(out, present) && sameParameters(present, parameters, families)) {
    return summaryOf(out, present, true);
  }
  clear(out);
  const work = join(out, UNFINISHED);
  const feedsDir = join(work, 'feeds');
  const truthDir = join(work, 'truth');
  mkdirSync(truthDir, { recursive: true });
  const base = { total: days, day: '', usageRows: 0 };
  onProgress({ ...base, phase: 'plan', done: 0 });
  const operator = operatorOf(parameters);
  writeFeedDeclarations(feedsDir);
  const result = await simulate(operator, families, feedsDir, truthDir, onProgress);
  onProgress({ ...base, phase: 'finish', done: days, usageRows: result.usageRows });
  const manifest: SampleManifest = {
    format: FORMAT,
    ...parameters,
    ...(families.length === 0 ? {} : { families }),
    from: dayText(operator.firstDay),
    to: dayText(operator.lastDay),
    ...result,
    files: filesIn(work, ''),
  };
  for (const part of ['feeds', 'truth']) renameSync(join(work, part), join(out, part));
  writeFileSync(join(out, `${MANIFEST}.new`), `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(join(out, `${MANIFEST}.new`), join(out, MANIFEST));
  // last, because it marks the folder as begun by us
  rmSync(work, { recursive: true });
  return summaryOf(out, manifest, false);
}

type Result = Pick<
  SampleManifest,
  'usageRows' | 'ratedRows' | 'billedRows' | 'faults' | 'lookalikes' | 'totals'
>;

async function simulate(
  operator: Operator,
  families: readonly MoreFamily[],
  feedsDir: string,
  truthDir: string,
  onProgress: (progress: SampleProgress) => void,
): Promise<Result> {
  const { world, book, population, plan, faults, parameters } = operator;
  const { connection, close } = await openDatabase();
  try {
    const dirs = Object.fromEntries(Object.keys(FEEDS).map((f) => [f, join(feedsDir, f)]));
    const simulation = await Simulation.create(operator, dirs as unknown as SimulationDirs, connection);
    await simulation.run((day, usageRows) =>
      onProgress({
        phase: 'day',
        day: dayText(day),
        done: day - operator.firstDay + 1,
        total: parameters.days,
        usageRows,
      }),
    );
    const happened = faults.filter((f) => f.records > 0);
    const more = await addMoreFaults(operator, families, feedsDir, simulation.truth, connection);
    const { entries, causes } = changeLogOf(parameters.seed, world, book, happened, more.changes);
    const documents = documentsOf(book, BEGINNING);
    writeReferenceFiles(feedsDir, {
      population,
      book,
      plan,
      changes: entries,
      documents,
      beginning: BEGINNING,
    });
    const records = [
      ...faultRecords(faults, causes),
      ...more.records.map((record) => ({ ...record, changeId: causes.get(record.faultId) ?? null })),
    ];
    const lookalikes = [...world.lookalikes, ...more.lookalikes];
    const { items, usage, truth } = simulation;
    const totals = await truth.write(truthDir, items.billedAmount, records, lookalikes);
    return {
      usageRows: usage.rows,
      ratedRows: items.ratedRows,
      billedRows: items.billedRows,
      faults: records.length,
      lookalikes: lookalikes.length,
      totals,
    };
  } finally {
    close();
  }
}

/** The manifest of a finished sample, or undefined where there is none. */
export function readManifest(out: string): SampleManifest | undefined {
  const path = join(out, MANIFEST);
  if (!existsSync(path)) return undefined;
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as SampleManifest;
  return manifest.format === FORMAT ? manifest : undefined;
}

function isComplete(out: string, manifest: SampleManifest): boolean {
  return manifest.files.every(({ path, bytes }) => {
    const file = join(out, path);
    return existsSync(file) && statSync(file).size === bytes;
  });
}

function sameParameters(a: SampleManifest, b: SampleParameters, families: readonly MoreFamily[]): boolean {
  const same = a.seed === b.seed && a.subscribers === b.subscribers && a.days === b.days;
  return same && (a.families ?? []).join() === families.join();
}

/** The families in order of their names, each once. Their invoices and balances are those of a whole October. */
function checkedFamilies(families: readonly string[], days: number): MoreFamily[] {
  const unknown = families.find((family) => !isMoreFamily(family));
  const where = 'sample generator';
  if (unknown !== undefined) {
    const next = `one of ${MORE_FAMILY_NAMES.join(', ')}`;
    throw new PlumblineError('UsageError', { what: `There is no family ${unknown}`, where, next });
  }
  if (families.length > 0 && days < 31) {
    const what = `More families need the whole of October, not ${days} days`;
    throw new PlumblineError('UsageError', { what, where, next: 'give 31 days or more' });
  }
  return [...new Set(families)].filter(isMoreFamily).sort();
}

function checked(parameters: SampleParameters): SampleParameters {
  const { seed, subscribers, days } = parameters;
  const bad = (what: string, next: string) =>
    new PlumblineError('UsageError', { what, where: 'sample generator', next });
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw bad(`Seed ${seed} is not a whole number`, 'give a seed of 0 or more');
  if (!Number.isInteger(subscribers) || subscribers < 50 || subscribers > 1_000_000) {
    throw bad(`${subscribers} subscribers cannot be made`, 'give between 50 and 1,000,000');
  }
  const most = 1 + LAST - monthStart(FIRST);
  if (!Number.isInteger(days) || days < 1 || days > most)
    throw bad(`${days} days cannot be made`, `give between 1 and ${most}`);
  return { seed, subscribers, days };
}
const LAST = Date.parse('2026-10-31T00:00:00Z') / 86_400_000;
const FIRST = Date.parse('2026-01-01T00:00:00Z') / 86_400_000;

/** Removes an earlier sample, finished or not. Throws where the folder holds anything else. */
function clear(out: string): void {
  mkdirSync(out, { recursive: true });
  const ours = ['feeds', 'truth', MANIFEST, `${MANIFEST}.new`, UNFINISHED];
  const names = readdirSync(out);
  const other = names.filter((n) => !ours.includes(n));
  const begun = names.includes(UNFINISHED) || names.includes(MANIFEST);
  if (other.length > 0 || (names.length > 0 && !begun)) {
    throw new PlumblineError('UsageError', {
      what: 'The folder for the sample holds other files',
      where: out,
      why: `it contains ${(other.length > 0 ? other : names).slice(0, 3).join(', ')}`,
      next: 'give an empty folder, or one that plumbline generate filled before',
    });
  }
  // marks the folder as begun before anything is removed, so that a kill here is recognised too
  rmSync(join(out, UNFINISHED), { recursive: true, force: true });
  mkdirSync(join(out, UNFINISHED));
  for (const name of [MANIFEST, `${MANIFEST}.new`, 'feeds', 'truth']) {
    rmSync(join(out, name), { recursive: true, force: true });
  }
}

function filesIn(root: string, folder: string): { path: string; bytes: number; sha256: string }[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return entries.flatMap((entry) => {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return filesIn(root, path);
    const data = readFileSync(join(root, path));
    return [{ path, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') }];
  });
}

function summaryOf(out: string, manifest: SampleManifest, reused: boolean): SampleSummary {
  const { files, ...rest } = manifest;
  return {
    ...rest,
    out,
    feedsDir: join(out, 'feeds'),
    truthDir: join(out, 'truth'),
    files: files.length,
    reused,
  };
}
