import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type IngestRequest, ingestPath } from '#adapters/local/ingest.ts';
import type { IngestSummary } from '#adapters/local/ingest-summary.ts';
import { withdrawFile } from '#adapters/local/ingest-withdraw.ts';
import { LocalLake } from '#adapters/local/lake.ts';
import { LakeCatalog } from '#adapters/local/lake-catalog.ts';
import { filesUnder } from '#adapters/local/lake-sweep.ts';
import { parseDay } from '#core/domain/period.ts';
import { lakeRows } from './battery.ts';
import { USAGE_HEADER, usageFile, usageLine } from './usage-lines.ts';
import { zipOf } from './zip-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'plumbline-again-'));
const day = parseDay('2026-10-14');
let places = 0;
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A fresh folder with files, and a fresh data folder. */
function place(files: Readonly<Record<string, string | Uint8Array>>): {
  readonly path: string;
  readonly home: string;
} {
  places += 1;
  const path = mkdtempSync(join(root, `in-${places}-`));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return { path, home: join(root, `home-${places}`) };
}

const ingest = (request: Omit<IngestRequest, 'asOf'>): Promise<IngestSummary> =>
  ingestPath({ asOf: day, memoryLimitMb: 256, dataset: 'usage', ...request });
const ids = async (home: string) => (await lakeRows(home, 'usage')).map((row) => row.record_id);
const outcomes = (summary: IngestSummary) =>
  Object.fromEntries(summary.files.map(({ name, outcome, error }) => [name, error?.name ?? outcome]));
const feed = (changes: object = {}) =>
  JSON.stringify({
    dataset: 'usage',
    format: 'csv',
    cadence: 'hourly',
    slotPattern: 'u_(?<date>\\d{8})_(?<hour>\\d\\d)',
    lagDays: 0,
    ...changes,
  });

describe('the same content under another name', () => {
  const text = usageFile({ id: 'r1' }, { id: 'r2', quantity: '-1' });
  test.each<[string, Record<string, string | Uint8Array>, Record<string, string>]>([
    ['beside it', { 'a.csv': text, 'b.csv': text }, { 'a.csv': 'ingested', 'b.csv': 'FileRepeated' }],
    [
      'packed',
      { 'a.csv': text, 'b.csv.gz': gzipSync(text) },
      { 'a.csv': 'ingested', 'b.csv.gz': 'FileRepeated' },
    ],
    [
      'in an archive',
      { 'a.csv': text, 'b.zip': zipOf([{ name: 'c.csv', content: Buffer.from(text) }]) },
      { 'a.csv': 'ingested', 'b.zip/c.csv': 'FileRepeated' },
    ],
    [
      'without records: an hour without events looks like any other',
      { 'a.csv': `${USAGE_HEADER}\n`, 'b.csv': `${USAGE_HEADER}\n` },
      { 'a.csv': 'ingested', 'b.csv': 'ingested' },
    ],
    [
      'with rejected records only',
      { 'a.csv': usageFile({ quantity: '-1' }), 'b.csv': usageFile({ quantity: '-1' }) },
      { 'a.csv': 'ingested', 'b.csv': 'FileRepeated' },
    ],
    [
      'where the feed says that files may be alike',
      { 'feed.json': feed({ sameContent: 'accept' }), 'a.csv': text, 'b.csv': text },
      { 'a.csv': 'ingested', 'b.csv': 'ingested' },
    ],
    [
      'one record differs',
      { 'a.csv': text, 'b.csv': `${text}${usageLine({ id: 'r3' })}\n` },
      { 'a.csv': 'ingested', 'b.csv': 'ingested' },
    ],
  ])('%s', async (_condition, files, expected) => {
    const at = place(files);
    expect(outcomes(await ingest(at))).toEqual(expected);
    // And so again on the next day.
    const again = Object.entries(expected).map(([name, outcome]) => [
      name,
      outcome === 'ingested' ? 'unchanged' : outcome,
    ]);
    expect(outcomes(await ingest(at))).toEqual(Object.fromEntries(again));
  });

  test('it comes with the next ingest: skipped with its reason, counted once, and its slot stays open', async () => {
    const at = place({ 'feed.json': feed(), 'u_20261014_12.csv': text });
    await ingest(at);
    writeFileSync(join(at.path, 'u_20261014_13.csv'), text);
    const summary = await ingest(at);
    expect(summary.files[1]?.error).toMatchObject({
      code: 'PL2007',
      message: expect.stringMatching(/Skipped: .*u_20261014_12\.csv/),
    });
    expect(summary.exitCode).toBe(5);
    expect(await ids(at.home)).toEqual(['r1']);
    const lake = new LocalLake(at.home);
    expect((await lake.coverage('usage', day, day)).missing).toContain('2026-10-14T13');
    lake.close();
  });
});

describe('a file that is read in another way', () => {
  const local = usageFile({ id: 'r1', start: '2026-10-14 12:00:00' });
  test.each<[string, Partial<IngestRequest>, Partial<IngestRequest>, string]>([
    ['in the same zone, said or not', {}, { timeZone: 'UTC' }, 'unchanged'],
    ['in the same zone', { timeZone: 'Asia/Kathmandu' }, { timeZone: 'Asia/Kathmandu' }, 'unchanged'],
    ['in another zone', {}, { timeZone: 'Europe/Vienna' }, 'FileReadDifferently'],
    ['without the zone', { timeZone: 'Europe/Vienna' }, {}, 'FileReadDifferently'],
    ['by another mapping', {}, { mapping: 'asterisk-master' }, 'FileReadDifferently'],
  ])('%s', async (_condition, first, second, expected) => {
    const at = place({ 'a.csv': local });
    await ingest({ ...at, ...first });
    const before = await lakeRows(at.home, 'usage');
    const summary = await ingest({ ...at, ...second });
    expect(outcomes(summary)).toEqual({ 'a.csv': expected });
    if (expected !== 'unchanged')
      expect(summary.files[0]?.error?.message).toMatch(/--withdraw a\.csv --as usage/);
    expect(await lakeRows(at.home, 'usage')).toEqual(before);
  });

  test('a reference file read in another way is a new snapshot', async () => {
    const change = 'change_log' as const;
    const at = place({ 'a.jsonl': '' });
    const { DATASETS } = await import('#core/domain/datasets.ts');
    const values = DATASETS[change].columns.map((column) => [
      column.name,
      column.type === 'timestamp'
        ? '2026-10-14 12:00:00'
        : (column.values?.[0] ?? (column.type === 'string' ? 'x' : '1')),
    ]);
    writeFileSync(join(at.path, 'a.jsonl'), `${JSON.stringify(Object.fromEntries(values))}\n`);
    expect(outcomes(await ingest({ ...at, dataset: change }))).toEqual({ 'a.jsonl': 'ingested' });
    expect(outcomes(await ingest({ ...at, dataset: change }))).toEqual({ 'a.jsonl': 'unchanged' });
    expect(outcomes(await ingest({ ...at, dataset: change, timeZone: 'Europe/Vienna' }))).toEqual({
      'a.jsonl': 'ingested',
    });
  });
});

describe('a file is withdrawn', () => {
  const withdraw = (home: string, name: string) => withdrawFile({ home, dataset: 'usage', name, onDay: day });

  test('its rows no longer count, those beside it do, and quarantine keeps the evidence', async () => {
    const at = place({
      'a.csv': usageFile(
        { id: 'a1' },
        { id: 'a2', quantity: '-1' },
        { id: 'a3', start: '2026-10-15T12:00:00Z' },
      ),
      'b.csv': usageFile({ id: 'b1' }, { id: 'b2', quantity: '-1' }),
    });
    await ingest(at);
    expect(await withdraw(at.home, 'a.csv')).toEqual({ rows: 2, quarantined: 1 });
    expect(await ids(at.home)).toEqual(['b1']);
    expect((await lakeRows(at.home, 'quarantine/usage')).map((row) => row.file_id)).toEqual([
      'a.csv',
      'b.csv',
    ]);
    const lake = new LocalLake(at.home);
    expect(await lake.files('usage')).toBe(1);
    expect(await lake.quarantined('usage', day, day)).toMatchObject([{ fileId: 'b.csv', records: 1 }]);
    lake.close();
    const catalog = LakeCatalog.open(at.home);
    const onDisk = (await filesUnder(join(at.home, 'lake'))).map((path) =>
      relative(join(at.home, 'lake'), path),
    );
    expect(new Set(onDisk)).toEqual(catalog.registeredPaths());
    catalog.close();
  });

  test('it, or its correction, can be ingested under the same name', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'wrong', quantity: '-1' }, { id: 'a1' }) });
    for (const content of [
      usageFile({ id: 'wrong', quantity: '-1' }, { id: 'a1' }),
      usageFile({ id: 'right' }, { id: 'bad', quantity: '-2' }),
    ]) {
      await ingest(at);
      await withdraw(at.home, 'a.csv');
      writeFileSync(join(at.path, 'a.csv'), content);
    }
    expect(outcomes(await ingest(at))).toEqual({ 'a.csv': 'ingested' });
    expect(await ids(at.home)).toEqual(['right']);
    expect(await lakeRows(at.home, 'quarantine/usage')).toHaveLength(3);
  });

  test('its content may come under another name', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'a1' }) });
    await ingest(at);
    await withdraw(at.home, 'a.csv');
    writeFileSync(join(at.path, 'b.csv'), readFileSync(join(at.path, 'a.csv')));
    expect(outcomes(await ingest({ ...at, path: join(at.path, 'b.csv') }))).toEqual({ 'b.csv': 'ingested' });
  });

  test.each([
    ['a file that was never ingested', 'usage' as const, 'UnknownName'],
    ['a file of a reference dataset', 'holiday' as const, 'UsageError'],
  ])('refused: %s', async (_condition, dataset, name) => {
    const { home } = place({});
    await expect(withdrawFile({ home, dataset, name: 'x.csv', onDay: day })).rejects.toMatchObject({ name });
  });
});

describe('an ingest that is killed and started again', () => {
  const lines = Array.from({ length: 30_000 }, (_, index) =>
    usageLine({ id: `k${index}`, quantity: index % 100 === 7 ? '-1' : '60' }),
  );
  const large = `${[USAGE_HEADER, ...lines].join('\n')}\n`;
  const files = {
    'a.csv': usageFile({ id: 'a' }),
    'b.csv.gz': gzipSync(large),
    'c.zip': zipOf([
      { name: 'c1.csv', content: Buffer.from(large.replaceAll('k', 'z')) },
      { name: 'c2.csv', content: Buffer.from(usageFile({ id: 'c2' })) },
    ]),
    'd.csv': large.replaceAll(',c-k', ',c-d'),
  };
  const settings = { dataset: 'usage', rowsPerBatch: 2000, memoryLimitMb: 256, asOf: day };
  let expected: string;
  let path: string;

  beforeAll(async () => {
    const at = place(files);
    path = at.path;
    await ingest({ ...at, rowsPerBatch: 2000 });
    expected = await identity(at.home);
  }, 60_000);

  async function identity(home: string): Promise<string> {
    const kept = (rows: readonly Readonly<Record<string, unknown>>[]) =>
      rows.map((row) => [row.file_id, row.byte_offset, row.record_id ?? row.reason, row.row_hash ?? '']);
    return JSON.stringify([
      kept(await lakeRows(home, 'usage')),
      kept(await lakeRows(home, 'quarantine/usage')),
    ]);
  }

  test.each([250, 400, 550, 700, 900, 1200])(
    'after %i ms with kill -9, the records are counted once',
    async (moment) => {
      const home = join(root, `killed-${moment}`);
      const script = fileURLToPath(new URL('measured-ingest.ts', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify({ ...settings, path, home })], {
        stdio: 'ignore',
      });
      const gone = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), moment);
      await gone;
      clearTimeout(timer);
      const summary = await ingest({ path, home, rowsPerBatch: 2000 });
      expect([summary.refused, summary.ingested + summary.unchanged]).toEqual([0, 5]);
      expect(await identity(home)).toBe(expected);
    },
    60_000,
  );
});
