import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { DATASETS } from '#core/domain/datasets.ts';
import { bucketOf, recordHash } from '#core/domain/hash.ts';
import { parseDay } from '#core/domain/period.ts';
import { DuckdbSession } from './duckdb-session.ts';
import { type IngestRequest, ingestPath } from './ingest.ts';
import { LocalLake } from './lake.ts';
import { LakeCatalog } from './lake-catalog.ts';
import { LakeLock } from './lake-lock.ts';
import { filesUnder } from './lake-sweep.ts';

const root = mkdtempSync(join(tmpdir(), 'plumbline-ingest-'));
const asOf = parseDay('2026-11-01');
const day = parseDay('2026-10-14');
let session: DuckdbSession;
let places = 0;

beforeAll(async () => {
  session = await DuckdbSession.open({ memoryLimitMb: 256, threads: 1 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

/** A fresh folder of files and a fresh data folder. */
function place(files: Record<string, string | Buffer> = {}): { path: string; home: string } {
  places += 1;
  const path = join(root, `in-${places}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, home: join(root, `home-${places}`) };
}

const ingest = (request: Omit<IngestRequest, 'asOf'> & { asOf?: IngestRequest['asOf'] }) =>
  ingestPath({ asOf, memoryLimitMb: 256, ...request });

const USAGE_HEADER =
  'record_id,correlation_id,partial_sequence,final_partial,source,service,a_number,b_number,imsi,visited_plmn,cell,start_time,session_start,quantity';
interface UsageFields {
  readonly id?: string;
  readonly service?: string;
  readonly start?: string;
  readonly quantity?: string;
}
const usageLine = ({
  id = 'r1',
  service = 'voice',
  start = '2026-10-14T13:00:00Z',
  quantity = '60',
}: UsageFields) => `${id},c-${id},1,true,msc-1,${service},436641,43699,,,,${start},${start},${quantity}`;
const usageFile = (...lines: UsageFields[]) => [USAGE_HEADER, ...lines.map(usageLine), ''].join('\n');

async function lakeRows(home: string, dataset = 'usage', columns = '*') {
  const catalog = LakeCatalog.open(home);
  const paths = [...catalog.registeredPaths()].filter((path) => path.startsWith(`${dataset}/`));
  catalog.close();
  if (paths.length === 0) return [];
  const list = paths.map((path) => `'${join(home, 'lake', path)}'`).join(', ');
  return session.query(
    `SELECT ${columns} FROM read_parquet([${list}], hive_partitioning = false) ORDER BY file_id, byte_offset`,
  );
}

async function parquetFile(path: string, select: string): Promise<Buffer> {
  mkdirSync(dirname(path), { recursive: true });
  await session.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  return readFileSync(path);
}

const RATED = `SELECT 'r' || i AS rated_id, 'c' || i AS correlation_id, 's1' AS subscription_id, 'ocs' AS source, 'voice' AS service,
  TIMESTAMP '2026-10-14 13:00:00' + to_minutes(i::INTEGER) AS start_time, 60::BIGINT AS quantity, 'AT' AS zone, 'o1' AS offer_id,
  't1' AS tariff_id, 1 AS tariff_version, 'standard' AS rate_path, 0.1::DECIMAL(18,6) AS amount, 'EUR' AS currency`;

test('a row keeps its values, its file, its offset and the hash of its line', async () => {
  const at = place({
    'usage_1.csv': usageFile({ id: 'r1' }, { id: 'r2', start: '2026-10-14T23:59:59.999Z' }),
  });
  const summary = await ingest({ ...at, dataset: 'usage' });
  expect(summary).toMatchObject({ ingested: 1, rows: 2, quarantined: 0, exitCode: 0 });
  const line = usageLine({ id: 'r2', start: '2026-10-14T23:59:59.999Z' });
  const offset = readFileSync(join(at.path, 'usage_1.csv')).indexOf(line);
  // Columns that the file does not have are there, and empty.
  const absent = Object.fromEntries(DATASETS.usage.columns.map((column) => [column.name, null]));
  // Keys that the lake derives from a row may stand beside them.
  expect((await lakeRows(at.home))[1]).toMatchObject({
    ...absent,
    record_id: 'r2',
    correlation_id: 'c-r2',
    partial_sequence: '1',
    final_partial: true,
    source: 'msc-1',
    service: 'voice',
    a_number: '436641',
    b_number: '43699',
    imsi: null,
    visited_plmn: null,
    cell: null,
    start_time: '2026-10-14T23:59:59.999Z',
    session_start: '2026-10-14T23:59:59.999Z',
    quantity: '60',
    file_id: 'usage_1.csv',
    byte_offset: String(offset),
    row_hash: recordHash(line),
  });
});

describe('bad files are refused with a reason, and the others go on', () => {
  const good = usageFile({ id: 'ok' });
  test.each<[string, string, string | Buffer, string, RegExp]>([
    [
      'wrong columns',
      'bad.csv',
      good.replace('quantity', 'duration'),
      'SchemaMismatch',
      /missing: quantity; unknown: duration/,
    ],
    ['0 bytes', 'bad.csv', '', 'EmptyFile', /0 bytes/],
    ['blank lines only', 'bad.csv', '\n\n', 'EmptyFile', /no header/],
    [
      'UTF-16',
      'bad.csv',
      Buffer.from(`\ufeff${good}`, 'utf16le'),
      'EncodingNotSupported',
      /iconv -f UTF-16 -t UTF-8 bad\.csv/,
    ],
    [
      'a zip archive that is none',
      'bad.csv',
      Buffer.from('PK\u0003\u0004....'),
      'FileNotReadable',
      /archive.*damaged/,
    ],
    ['text named as Parquet', 'bad.parquet', good, 'FileNotReadable', /cut off or damaged/],
    ['JSON with other keys', 'bad.jsonl', '{"id":1}\n', 'SchemaMismatch', /unknown: id/],
  ])('%s', async (_condition, name, content, error, message) => {
    const at = place({ [name]: content, 'good.csv': good });
    const summary = await ingest({ ...at, dataset: 'usage' });
    const refused = summary.files.find((file) => file.name === name);
    expect(refused).toMatchObject({
      outcome: 'refused',
      rows: 0,
      error: { name: error, message: expect.stringMatching(message) },
    });
    expect(summary).toMatchObject({ refused: 1, ingested: 1, rows: 1, exitCode: 2 });
    expect(
      (await lakeRows(at.home, 'usage', 'record_id, file_id, byte_offset')).map((row) => row.record_id),
    ).toEqual(['ok']);
  });

  test('a Parquet file cut off anywhere is refused and leaves nothing behind', async () => {
    const whole = await parquetFile(join(root, 'whole.parquet'), `${RATED} FROM range(5000) t(i)`);
    const cuts = [
      1,
      4,
      100,
      Math.floor(whole.length / 2),
      whole.length - 100,
      whole.length - 9,
      whole.length - 1,
    ];
    const at = place(Object.fromEntries(cuts.map((cut) => [`rated_${cut}.parquet`, whole.subarray(0, cut)])));
    const summary = await ingest({ ...at, dataset: 'rated' });
    expect(summary.files.map((file) => file.error?.name)).toEqual(cuts.map(() => 'FileNotReadable'));
    expect(summary.files[0]?.error?.message).toContain('fetch it again');
    expect(await lakeRows(at.home, 'rated')).toEqual([]);
  });

  test('a Parquet file with a damaged page is refused and leaves nothing behind', async () => {
    const whole = Buffer.from(
      await parquetFile(join(root, 'damaged.parquet'), `${RATED} FROM range(5000) t(i)`),
    );
    whole.fill(0xff, 4, Math.floor(whole.length / 2));
    const at = place({
      'rated_1.parquet': whole,
      'rated_2.parquet': await parquetFile(join(root, 'ok.parquet'), `${RATED} FROM range(3) t(i)`),
    });
    const summary = await ingest({ ...at, dataset: 'rated' });
    expect(summary.files.map((file) => file.outcome)).toEqual(['refused', 'ingested']);
    expect(await lakeRows(at.home, 'rated')).toHaveLength(3);
  });

  test('a Parquet file damaged far behind its start is refused whole, with the parts already written', async () => {
    const path = join(root, 'groups.parquet');
    await session.run(
      `COPY (${RATED} FROM range(12000) t(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );
    const damaged = readFileSync(path);
    damaged.fill(0xff, Math.floor(damaged.length * 0.7), Math.floor(damaged.length * 0.9));
    const small = await parquetFile(join(root, 'small.parquet'), `${RATED} FROM range(3) t(i)`);
    const at = place({ 'a.parquet': damaged, 'b.parquet': small });
    const summary = await ingest({ ...at, dataset: 'rated', rowsPerBatch: 1000 });
    expect(summary.files.map((file) => file.outcome)).toEqual(['refused', 'ingested']);
    expect((await lakeRows(at.home, 'rated')).map((row) => row.file_id)).toEqual(Array(3).fill('b.parquet'));
    expect(await filesUnder(join(at.home, 'lake'))).toHaveLength(1);
  });

  test.each([
    ['a column is missing', RATED.replace(", 'EUR' AS currency", ''), /missing: currency/],
    ['a column is unknown', `${RATED}, 1 AS extra`, /unknown: extra/],
    [
      'money is a float',
      RATED.replace('DECIMAL(18,6)', 'DOUBLE'),
      /amount is DOUBLE.*does not hold money exactly/,
    ],
    [
      'a time is a text',
      RATED.replace("TIMESTAMP '2026-10-14 13:00:00' + to_minutes(i::INTEGER)", "'yesterday'"),
      /start_time is VARCHAR/,
    ],
  ])('a Parquet file is refused when %s', async (_condition, select, message) => {
    const at = place({
      'rated.parquet': await parquetFile(join(root, 'schema.parquet'), `${select} FROM range(2) t(i)`),
    });
    const summary = await ingest({ ...at, dataset: 'rated' });
    expect(summary.files[0]?.error).toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringMatching(message),
    });
  });
});

describe('bad records go to quarantine, and the rest goes on', () => {
  test('each with its file, offset, reason and text, counted by reason', async () => {
    const lines = [
      usageLine({ id: 'ok' }),
      usageLine({ id: 'neg', quantity: '-5' }),
      usageLine({ id: 'fax', service: 'fax' }),
      'ragged,line',
      usageLine({ id: 'neg2', quantity: '-1' }),
    ];
    const content = [USAGE_HEADER, ...lines, ''].join('\r\n');
    const at = place({ 'usage.csv': content });
    const summary = await ingest({ ...at, dataset: 'usage' });
    const reasons = {
      'quantity: below 0': 2,
      'service: not one of voice, sms, data': 1,
      'has 2 fields, expected 14': 1,
    };
    expect(summary).toMatchObject({ rows: 1, quarantined: 4, reasons, exitCode: 0 });
    const quarantine = await lakeRows(at.home, 'quarantine/usage');
    expect(quarantine.map((row) => row.raw)).toEqual(lines.slice(1));
    for (const row of quarantine) {
      const from = Number(row.byte_offset);
      expect(content.slice(from, content.indexOf('\r\n', from))).toBe(row.raw);
      expect(row).toMatchObject({ dataset: 'usage', file_id: 'usage.csv' });
    }
    const lake = new LocalLake(at.home);
    expect(await lake.quarantined('usage', day, day)).toEqual(
      Object.entries(reasons)
        .sort()
        .map(([reason, records]) => ({ fileId: 'usage.csv', reason, records })),
    );
    expect(await lake.quarantined('usage', parseDay('2026-10-20'), parseDay('2026-10-21'))).toEqual([]);
    lake.close();
  });

  test('Parquet rows are judged as text rows are', async () => {
    const rows = [
      ['fine', '', ''],
      ['empty required text', 'zone', "''"],
      ['null required value', 'start_time', 'NULL::TIMESTAMP'],
      ['value outside the list', 'service', "'fax'"],
      ['below the minimum', 'quantity', '-1::BIGINT'],
      ['line break in a key', 'correlation_id', "'c' || chr(10) || '5'"],
      ['NUL in a key', 'correlation_id', "'c' || chr(0) || '6'"],
      ['a call of more than a week', 'quantity', '604801::BIGINT'],
      ['a charge of a fortune', 'amount', '1000000.000001::DECIMAL(18,6)'],
      ['a credit of a fortune', 'amount', '-1000000.000001::DECIMAL(18,6)'],
    ] as const;
    const expected = [
      null,
      'zone: empty but required',
      'start_time: empty but required',
      'service: not one of voice, sms, data',
      'quantity: below 0',
      'correlation_id: has a control character',
      'correlation_id: has a control character',
      'quantity: above 604800',
      'amount: above 1000000',
      'amount: below -1000000',
    ];
    const selects = rows.map(([, column, value], index) => {
      const base = `SELECT * FROM (${RATED} FROM range(${index}, ${index + 1}) t(i))`;
      return column === '' ? base : base.replace('SELECT *', `SELECT * REPLACE (${value} AS ${column})`);
    });
    const at = place({
      'rated.parquet': await parquetFile(join(root, 'reasons.parquet'), selects.join(' UNION ALL ')),
    });
    await ingest({ ...at, dataset: 'rated' });
    const quarantine = await lakeRows(at.home, 'quarantine/rated');
    expect(quarantine.map((row) => row.reason)).toEqual(expected.slice(1));
    expect(quarantine.map((row) => row.byte_offset)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(quarantine[0]?.raw).toContain('"rated_id":"r1"');
    // The same rows as CSV, written by DuckDB from that Parquet.
    const csv = place();
    mkdirSync(csv.path, { recursive: true });
    await session.run(
      `COPY (SELECT * FROM '${join(at.path, 'rated.parquet')}') TO '${join(csv.path, 'rated.csv')}' (FORMAT csv, HEADER)`,
    );
    const summary = await ingest({ ...csv, dataset: 'rated' });
    const fromCsv = await lakeRows(csv.home, 'quarantine/rated');
    expect(fromCsv.map((row) => row.reason)).toEqual(expected.slice(1));
    expect(summary.rows).toBe(1);
    const same = 'rated_id, start_time, quantity, amount, file_id, byte_offset';
    const [left] = await lakeRows(at.home, 'rated', same);
    const [right] = await lakeRows(csv.home, 'rated', same);
    expect({ ...left, file_id: '', byte_offset: '' }).toEqual({ ...right, file_id: '', byte_offset: '' });
  });

  test('a decimal with more than six digits in Parquet is rejected, not rounded', async () => {
    const select = RATED.replace(
      '0.1::DECIMAL(18,6)',
      'CASE WHEN i = 0 THEN 0.1000005 ELSE 0.25 END::DECIMAL(20,8)',
    );
    const at = place({
      'rated.parquet': await parquetFile(join(root, 'fine.parquet'), `${select} FROM range(2) t(i)`),
    });
    const summary = await ingest({ ...at, dataset: 'rated' });
    expect(summary.reasons).toEqual({ 'amount: not an exact decimal such as 12.345678': 1 });
    expect((await lakeRows(at.home, 'rated')).map((row) => row.amount)).toEqual(['0.250000']);
  });
});

describe('a file a second time', () => {
  test('the same bytes change nothing', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'r1' }), 'b.csv': usageFile({ id: 'r2' }) });
    await ingest({ ...at, dataset: 'usage' });
    const before = await filesUnder(join(at.home, 'lake'));
    const summary = await ingest({ ...at, dataset: 'usage' });
    expect(summary).toMatchObject({ ingested: 0, unchanged: 2, refused: 0, rows: 0, swept: 0, exitCode: 0 });
    expect(await filesUnder(join(at.home, 'lake'))).toEqual(before);
  });

  test('other bytes under the same name are refused, the others go on, and the exit code says so', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'r1' }) });
    await ingest({ ...at, dataset: 'usage' });
    appendFileSync(join(at.path, 'a.csv'), `${usageLine({ id: 'late' })}\n`);
    writeFileSync(join(at.path, 'b.csv'), usageFile({ id: 'r2' }));
    const summary = await ingest({ ...at, dataset: 'usage' });
    expect(summary.files).toMatchObject([
      { name: 'a.csv', outcome: 'refused', error: { name: 'FileChanged', code: 'PL2002' } },
      { name: 'b.csv', outcome: 'ingested' },
    ]);
    expect(summary.exitCode).toBe(5);
    expect((await lakeRows(at.home)).map((row) => row.record_id)).toEqual(['r1', 'r2']);
  });
});

describe('partitions', () => {
  test('rows stand in the day and bucket of their own values, and no record is lost or doubled', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `r${index}`);
    const starts = ['2026-10-13T23:59:59Z', '2026-10-14T00:00:00Z', '2026-10-15T12:00:00Z'];
    const at = place({
      'a.csv': usageFile(...ids.map((id, index) => ({ id, start: starts[index % 3] ?? '' }))),
    });
    await ingest({ ...at, dataset: 'usage', buckets: 4 });
    const lake = new LocalLake(at.home);
    expect(await lake.buckets()).toBe(4);
    const found: string[] = [];
    for (const [index, dt] of ['2026-10-13', '2026-10-14', '2026-10-15'].entries()) {
      for (let bucket = 0; bucket < 4; bucket += 1) {
        for (const file of await lake.eventFiles('usage', parseDay(dt), bucket)) {
          const rows = await session.query(
            `SELECT correlation_id, record_id FROM '${await lake.localPath(file)}'`,
          );
          expect(rows).toHaveLength(file.rows);
          for (const row of rows) {
            expect(bucketOf(String(row.correlation_id), 4)).toBe(bucket);
            expect(Number(String(row.record_id).slice(1)) % 3).toBe(index);
            found.push(String(row.record_id));
          }
        }
      }
    }
    lake.close();
    expect(found.sort()).toEqual([...ids].sort());
  });

  test('Parquet rows meet text rows in the same bucket', async () => {
    const at = place({
      'rated.parquet': await parquetFile(join(root, 'buckets.parquet'), `${RATED} FROM range(100) t(i)`),
    });
    await ingest({ ...at, dataset: 'rated', buckets: 7 });
    const lake = new LocalLake(at.home);
    for (let bucket = 0; bucket < 7; bucket += 1) {
      for (const file of await lake.eventFiles('rated', day, bucket)) {
        for (const row of await session.query(`SELECT correlation_id FROM '${await lake.localPath(file)}'`)) {
          expect(bucketOf(String(row.correlation_id), 7)).toBe(bucket);
        }
      }
    }
    lake.close();
  });

  test('the number of buckets is fixed by the first ingest, not by reading before it', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'r1' }) });
    const before = new LocalLake(at.home);
    expect(await before.buckets()).toBe(1);
    before.close();
    await ingest({ ...at, dataset: 'usage', buckets: 3 });
    writeFileSync(join(at.path, 'b.csv'), usageFile({ id: 'r2' }));
    await ingest({ ...at, dataset: 'usage', buckets: 8 });
    const lake = new LocalLake(at.home);
    expect(await lake.buckets()).toBe(3);
    lake.close();
  });

  test('a file larger than a batch is written in parts and registered once', async () => {
    const ids = Array.from({ length: 9000 }, (_, index) => ({ id: `r${index}` }));
    const text = place({ 'big.csv': usageFile(...ids), 'small.csv': usageFile({ id: 'x' }) });
    const summary = await ingest({ ...text, dataset: 'usage', rowsPerBatch: 1000 });
    expect(summary).toMatchObject({ rows: 9001, ingested: 2 });
    expect(new Set((await lakeRows(text.home)).map((row) => row.record_id)).size).toBe(9001);
    const parquet = place({
      'rated.parquet': await parquetFile(join(root, 'big.parquet'), `${RATED} FROM range(9000) t(i)`),
    });
    expect(await ingest({ ...parquet, dataset: 'rated', rowsPerBatch: 1000 })).toMatchObject({ rows: 9000 });
    const offsets = (await lakeRows(parquet.home, 'rated')).map((row) => Number(row.byte_offset));
    expect(offsets).toEqual(Array.from({ length: 9000 }, (_, index) => index));
  });
});

describe('feeds', () => {
  const declaration = (changes: object = {}) =>
    JSON.stringify({
      dataset: 'usage',
      format: 'csv',
      mapping: 'canonical',
      cadence: 'hourly',
      slotPattern: 'usage_(?<date>\\d{8})_(?<hour>\\d\\d)\\.csv',
      lagDays: 0,
      ...changes,
    });
  const hours = (date: string, without: number[] = []) =>
    Object.fromEntries(
      Array.from({ length: 24 }, (_, hour) => hour)
        .filter((hour) => !without.includes(hour))
        .map((hour) => [
          `feeds/usage/usage_${date}_${String(hour).padStart(2, '0')}.csv`,
          usageFile({ id: `${date}-${hour}` }),
        ]),
    );

  test('a missing hour spoils its day and no other; a file without records fills its slot', async () => {
    const at = place({
      'feeds/usage/feed.json': declaration(),
      ...hours('20261014', [13]),
      ...hours('20261015'),
    });
    expect((await ingest({ ...at, path: join(at.path, 'feeds') })).ingested).toBe(47);
    const lake = new LocalLake(at.home);
    const to = parseDay('2026-10-15');
    expect(await lake.missingSlots('usage', day, to)).toEqual(new Map([['2026-10-14', ['2026-10-14T13']]]));
    expect(await lake.coverage('usage', day, to)).toEqual({
      dataset: 'usage',
      declared: true,
      missing: ['2026-10-14T13'],
      files: 47,
    });
    expect(await lake.coverage('rated', day, to)).toEqual({
      dataset: 'rated',
      declared: false,
      missing: [],
      files: 0,
    });
    expect((await lake.missingSlots('rated', day, to)).size).toBe(0);
    lake.close();
  });

  test('with a lag a missing slot spoils the days before it too', async () => {
    const daily = { cadence: 'daily', slotPattern: 'usage_(?<date>\\d{8})', lagDays: 2 };
    const files = ['20261014', '20261015', '20261017', '20261018'].map((date) => [
      `usage_${date}.csv`,
      usageFile({ id: date }),
    ]);
    const at = place({ 'feed.json': declaration(daily), ...Object.fromEntries(files) });
    await ingest(at);
    const lake = new LocalLake(at.home);
    const missing = await lake.missingSlots('usage', day, parseDay('2026-10-16'));
    expect([...missing]).toEqual(
      ['2026-10-14', '2026-10-15', '2026-10-16'].map((dt) => [dt, ['2026-10-16']]),
    );
    expect(
      (await lake.missingSlots('usage', parseDay('2026-10-13'), parseDay('2026-10-13'))).get(
        parseDay('2026-10-13'),
      ),
    ).toEqual(['2026-10-13']);
    lake.close();
  });

  test('a second feed of a dataset that is due once does not excuse the slots that the first one owes', async () => {
    const at = place({
      'feeds/usage/feed.json': declaration(),
      ...hours('20261014'),
      'feeds/usage_late/feed.json': declaration({ cadence: 'once', slotPattern: undefined }),
      'feeds/usage_late/late.csv': usageFile({ id: 'late' }),
    });
    await ingest({ ...at, path: join(at.path, 'feeds') });
    const lake = new LocalLake(at.home);
    const before = (await lake.coverage('usage', day, parseDay('2026-10-15'))).missing;
    expect(before.length).toBeGreaterThan(0);
    await ingest({ ...at, path: join(at.path, 'feeds/usage_late') });
    expect((await lake.coverage('usage', day, parseDay('2026-10-15'))).missing).toEqual(before);
    lake.close();
  });

  test('a feed that is due once is missing until any file of it is there', async () => {
    const at = place({
      'feeds/holiday/feed.json': declaration({ dataset: 'holiday', cadence: 'once', slotPattern: undefined }),
      'feeds/usage/feed.json': declaration(),
      ...hours('20261014'),
    });
    await ingest({ ...at, path: join(at.path, 'feeds') });
    const lake = new LocalLake(at.home);
    expect((await lake.coverage('holiday', day, day)).missing).toEqual([day]);
    writeFileSync(
      join(at.path, 'feeds/holiday/h.csv'),
      'calendar,holiday_date,name\nAT,2026-10-26,National Day\n',
    );
    await ingest({ ...at, path: join(at.path, 'feeds/holiday') });
    expect((await lake.coverage('holiday', day, day)).missing).toEqual([]);
    lake.close();
  });

  test('a file whose name says no slot is ingested and pointed out', async () => {
    const at = place({ 'feed.json': declaration(), 'usage_late.csv': usageFile({ id: 'r1' }) });
    expect((await ingest(at)).files).toMatchObject([{ outcome: 'ingested', rows: 1, fillsNoSlot: true }]);
  });

  test('a mapping that stands beside the feed is used', async () => {
    const mapping = {
      name: 'own',
      doc: 'x',
      dataset: 'holiday',
      delimited: { delimiter: ';', quote: null, header: false, fields: ['d', 'n'] },
      columns: { calendar: { constant: 'AT' }, holiday_date: { from: 'd' }, name: { from: 'n' } },
    };
    const at = place({
      'feed.json': declaration({
        dataset: 'holiday',
        cadence: 'once',
        mapping: 'own',
        slotPattern: undefined,
      }),
      'own.mapping.json': JSON.stringify(mapping),
      'h.txt': '2026-10-26;National Day\n',
    });
    expect(await ingest(at)).toMatchObject({ ingested: 1, rows: 1 });
  });

  test.each([
    ['nothing there', (path: string) => ({ path: join(path, 'nowhere') }), 'FileNotReadable'],
    ['dataset not said', (path: string) => ({ path }), 'UsageError'],
    [
      'unknown mapping',
      (path: string) => ({ path, dataset: 'usage' as const, mapping: 'cisco' }),
      'UnknownName',
    ],
  ])('refused at once: %s', async (_condition, request, name) => {
    const at = place({ 'a.csv': usageFile() });
    await expect(ingest({ ...request(at.path), home: at.home })).rejects.toMatchObject({ name });
  });
});

describe('snapshots of reference datasets', () => {
  const holiday = (name: string) => `calendar,holiday_date,name\nAT,2026-10-26,${name}\n`;
  const newest = async (home: string) => {
    const lake = new LocalLake(home);
    const names: unknown[] = [];
    for (const file of await lake.referenceFiles('holiday')) {
      names.push(
        ...(await session.query(`SELECT name FROM '${await lake.localPath(file)}'`)).map((row) => row.name),
      );
    }
    lake.close();
    return names.sort();
  };

  test('the newest snapshot counts, and it is whole', async () => {
    const at = place({ 'a.csv': holiday('one'), 'b.csv': holiday('two') });
    const request = { ...at, dataset: 'holiday' as const };
    expect(await newest(at.home)).toEqual([]);
    expect(await ingest(request)).toMatchObject({ ingested: 2 });
    expect(await newest(at.home)).toEqual(['one', 'two']);
    expect(await ingest({ ...request, asOf: parseDay('2026-11-02') })).toMatchObject({ unchanged: 2 });
    writeFileSync(join(at.path, 'b.csv'), holiday('three'));
    expect(await ingest(request)).toMatchObject({ refused: 1, exitCode: 5 });
    expect(await ingest({ ...request, asOf: parseDay('2026-11-02') })).toMatchObject({
      ingested: 2,
      exitCode: 0,
    });
    expect(await newest(at.home)).toEqual(['one', 'three']);
  });

  test('another file on the same day replaces, and going back is possible', async () => {
    const at = place({ 'a.csv': holiday('one'), 'b.csv': holiday('two') });
    for (const [file, expected] of [
      ['a.csv', 'one'],
      ['b.csv', 'two'],
      ['a.csv', 'one'],
    ] as const) {
      await ingest({ path: join(at.path, file), home: at.home, dataset: 'holiday' });
      expect(await newest(at.home)).toEqual([expected]);
    }
  });
});

describe('an ingest that dies', () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, file) => [
      `u${String(file).padStart(2, '0')}.csv`,
      usageFile(
        ...Array.from({ length: 50 }, (__, row) => ({
          id: `${file}-${row}`,
          quantity: row === 7 ? '-1' : '1',
        })),
      ),
    ]),
  );
  const identity = async (home: string) =>
    JSON.stringify([await lakeRows(home), await lakeRows(home, 'quarantine/usage')]);

  test('files that no transaction registered are swept by the next ingest', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'r1' }) });
    await ingest({ ...at, dataset: 'usage' });
    const orphans = [
      'usage/dt=2026-10-14/bucket=00/b-dead-001.parquet',
      'quarantine/usage/b-dead-001.parquet',
      '.staging/0-0.parquet',
    ];
    for (const orphan of orphans) {
      mkdirSync(dirname(join(at.home, 'lake', orphan)), { recursive: true });
      writeFileSync(join(at.home, 'lake', orphan), 'half');
    }
    expect(await ingest({ ...at, dataset: 'usage' })).toMatchObject({ unchanged: 1, swept: 3 });
    expect(await filesUnder(join(at.home, 'lake'))).toHaveLength(1);
  });

  test.each([1, 9, 23, 40])(
    'killed after %i of 40 files and started again, it ends in the same lake',
    async (killAfter) => {
      const clean = place(files);
      await ingest({ ...clean, dataset: 'usage', rowsPerBatch: 200 });
      const home = join(root, `killed-${killAfter}`);
      const script = `
      const { ingestPath } = await import(${JSON.stringify(join(import.meta.dirname, 'ingest.ts'))});
      await ingestPath({ path: ${JSON.stringify(clean.path)}, home: ${JSON.stringify(home)}, dataset: 'usage', asOf: '2026-11-01', rowsPerBatch: 200,
        onProgress: ({ filesDone }) => process.stdout.write(filesDone + ' ') });
      setInterval(() => undefined, 1000);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      child.stdout.on('data', (text: Buffer) => {
        if (
          text
            .toString()
            .trim()
            .split(' ')
            .some((done) => Number(done) >= killAfter)
        )
          child.kill('SIGKILL');
      });
      const [, signal] = await once(child, 'exit');
      expect(signal).toBe('SIGKILL');
      const summary = await ingest({ path: clean.path, home, dataset: 'usage', rowsPerBatch: 200 });
      expect(summary.ingested + summary.unchanged).toBe(40);
      expect(await identity(home)).toBe(await identity(clean.home));
      const catalog = LakeCatalog.open(home);
      const onDisk = (await filesUnder(join(home, 'lake'))).map((path) => relative(join(home, 'lake'), path));
      expect(new Set(onDisk)).toEqual(catalog.registeredPaths());
      catalog.close();
    },
  );

  test('two ingests at once: the second is refused and may come back', async () => {
    const at = place({ 'a.csv': usageFile({ id: 'r1' }) });
    const lock = LakeLock.acquire(at.home);
    await expect(ingest({ ...at, dataset: 'usage' })).rejects.toMatchObject({
      name: 'DataFolderInUse',
      facts: { retryable: true },
    });
    lock.release();
    expect(await ingest({ ...at, dataset: 'usage' })).toMatchObject({ ingested: 1 });
  });
});

test('progress is told after each file, in bytes and files', async () => {
  const at = place({ 'a.csv': usageFile({ id: 'r1' }), 'b.csv': usageFile({ id: 'r2' }) });
  const told: number[][] = [];
  await ingest({
    ...at,
    dataset: 'usage',
    onProgress: (p) => told.push([p.filesDone, p.filesTotal, p.bytesDone, p.bytesTotal]),
  });
  const size = usageFile({ id: 'r1' }).length;
  expect(told).toEqual([
    [1, 2, size, 2 * size],
    [2, 2, 2 * size, 2 * size],
  ]);
});
