import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { MAX_RECORD_BYTES } from '#core/connectors/records.ts';
import { ingestFiles, MOST_SECONDS, type Outcome } from './battery.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-parquet-'));
const ROWS = 3000;
const RATED = `SELECT 'r' || i AS rated_id, 'c' || i AS correlation_id, 's1' AS subscription_id, 'ocs' AS source, 'voice' AS service,
  TIMESTAMP '2026-10-14 13:00:00' + to_seconds(i::INTEGER) AS start_time, 60::BIGINT AS quantity, 'AT' AS zone, 'o1' AS offer_id,
  't1' AS tariff_id, 1 AS tariff_version, 'standard' AS rate_path, 0.1::DECIMAL(18,6) AS amount, 'EUR' AS currency`;
const replaced = (column: string, value: string) =>
  `SELECT * REPLACE (${value} AS ${column}) FROM (${RATED} FROM range(3) t(i)) v`;

let session: DuckdbSession;
let outcome: Outcome;
let whole: Buffer;

async function parquet(select: string, options = ''): Promise<Buffer> {
  const path = join(folder, 'made.parquet');
  await session.run(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`);
  return readFileSync(path);
}

/** Where the file is cut, as a share of its length, or in bytes from its start or end. */
const CUTS: readonly (readonly [string, (length: number) => number])[] = [
  ['after 1 byte', () => 1],
  ['after the magic bytes', () => 4],
  ['after 8 bytes', () => 8],
  ['after 12 bytes', () => 12],
  ...Array.from(
    { length: 12 },
    (_, index) =>
      [
        `after ${index + 1} of 13 parts`,
        (length: number) => Math.floor((length * (index + 1)) / 13),
      ] as const,
  ),
  ['within the footer', (length) => length - 200],
  ['before the length of the footer', (length) => length - 8],
  ['within the length of the footer', (length) => length - 6],
  ['before the magic bytes at the end', (length) => length - 4],
  ['one byte short', (length) => length - 1],
];

/** Bytes that are written over. */
const DAMAGE: readonly (readonly [string, (bytes: Buffer) => void])[] = [
  ['the magic bytes at the end', (bytes) => bytes.write('PARX', bytes.length - 4)],
  ['the magic bytes of an encrypted file', (bytes) => bytes.write('PARE', bytes.length - 4)],
  ['a footer length of 0', (bytes) => bytes.writeUInt32LE(0, bytes.length - 8)],
  ['a footer length of 4 GB', (bytes) => bytes.writeUInt32LE(0xffffffff, bytes.length - 8)],
  ['a footer length of 2 GB', (bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.length - 8)],
  [
    'a footer one byte too long',
    (bytes) => bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - 8) + 1, bytes.length - 8),
  ],
  ['a footer as long as the file', (bytes) => bytes.writeUInt32LE(bytes.length, bytes.length - 8)],
  ['a footer of zeros', (bytes) => bytes.fill(0, footerAt(bytes), bytes.length - 8)],
  ['a footer of ones', (bytes) => bytes.fill(0xff, footerAt(bytes), bytes.length - 8)],
  ['the first half of the pages', (bytes) => bytes.fill(0xff, 4, Math.floor(footerAt(bytes) / 2))],
  [
    'the second half of the pages',
    (bytes) => bytes.fill(0xff, Math.floor(footerAt(bytes) / 2), footerAt(bytes)),
  ],
  ['the header of the first page', (bytes) => bytes.fill(0, 4, 24)],
];
const footerAt = (bytes: Buffer) => bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);

/** Other types and columns: refused as a whole, with what is wrong. */
const SCHEMAS: readonly (readonly [string, string, RegExp])[] = [
  ['a column is missing', RATED.replace(", 'EUR' AS currency", ''), /missing: currency/],
  ['a column is not known', `${RATED}, 1 AS extra`, /unknown: extra/],
  [
    'a column has capitals',
    RATED.replace('AS currency', 'AS "CURRENCY"'),
    /missing: currency; unknown: CURRENCY/,
  ],
  [
    'a column by the name of a row number',
    `${RATED}, 1 AS file_row_number`,
    /unknown: file_row_number|cut off or damaged/,
  ],
  ['money is a double', RATED.replace('DECIMAL(18,6)', 'DOUBLE'), /a float does not hold money exactly/],
  ['money is a float', RATED.replace('DECIMAL(18,6)', 'FLOAT'), /a float does not hold money exactly/],
  ['money is a text', RATED.replace('0.1::DECIMAL(18,6)', "'0.1'"), /amount is VARCHAR/],
  ['a quantity is a double', RATED.replace('60::BIGINT', '60.0::DOUBLE'), /quantity is DOUBLE/],
  [
    'a time is a text',
    RATED.replace(/TIMESTAMP.*?AS start_time/s, "'2026' AS start_time"),
    /start_time is VARCHAR/,
  ],
  [
    'a time is a day',
    RATED.replace(/TIMESTAMP.*?AS start_time/s, "DATE '2026-10-14' AS start_time"),
    /start_time is DATE/,
  ],
  [
    'a time is a number',
    RATED.replace(/TIMESTAMP.*?AS start_time/s, '1791979200 AS start_time'),
    /start_time is INTEGER/,
  ],
  ['a text is a list', RATED.replace("'AT' AS zone", "['AT'] AS zone"), /zone is VARCHAR\[\]/],
  ['a text is a structure', RATED.replace("'AT' AS zone", "{'a': 'AT'} AS zone"), /zone is STRUCT/],
  ['a text is a map', RATED.replace("'AT' AS zone", "MAP {'a': 'AT'} AS zone"), /zone is MAP/],
  ['a text is bytes', RATED.replace("'AT' AS zone", "'AT'::BLOB AS zone"), /zone is BLOB/],
  ['a quantity is true or false', RATED.replace('60::BIGINT', 'true'), /quantity is BOOLEAN/],
];

/** Single rows, of three of which each is bad. */
const VALUES: readonly (readonly [string, string, string, string])[] = [
  ['a text of 1 MB', 'zone', "repeat('x', 1048576)", `longer than ${MAX_RECORD_BYTES} bytes`],
  ['a quantity beyond 64 bits', 'quantity', '18446744073709551615::UBIGINT', 'quantity: not a whole number'],
  ['a negative quantity', 'quantity', '-1::BIGINT', 'quantity: below 0'],
  [
    'money with eight decimals',
    'amount',
    '0.10000001::DECIMAL(18,8)',
    'amount: not an exact decimal such as 12.345678',
  ],
  [
    'money of 38 digits',
    'amount',
    '99999999999999999999999999999999::DECIMAL(38,6)',
    'amount: not an exact decimal such as 12.345678',
  ],
  ['no money', 'amount', 'NULL::DECIMAL(18,6)', 'amount: empty but required'],
  ['a time that is infinite', 'start_time', "TIMESTAMP 'infinity'", 'start_time: not from 1990 to 2099'],
  ['a time before any era', 'start_time', "TIMESTAMP '0001-01-01'", 'start_time: not from 1990 to 2099'],
  ['a currency that is none', 'currency', "'euro'", 'currency: not an ISO 4217 code such as EUR'],
  ['NUL in a key', 'correlation_id', "'a' || chr(0)", 'correlation_id: has a control character'],
  ['an empty key', 'correlation_id', "''", 'correlation_id: empty but required'],
];

const FLIPS = Array.from({ length: 24 }, (_, index) => index);
const WILD = [
  'rated_*.parquet',
  'rated_[ab].parquet',
  "rated_'quoted'.parquet",
  'rated_?.parquet',
  'rated_a.parquet',
];

/** Flips one bit of the bytes; where, the number says, always in the same way. */
function flipped(bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes);
  // Every second one hits the footer, which is small and matters most.
  const from = index % 2 === 0 ? 4 : footerAt(bytes);
  const length = (index % 2 === 0 ? footerAt(bytes) : bytes.length) - from;
  const at = from + ((index * 7919 + 104_729) % length);
  copy[at] = (copy[at] as number) ^ (1 << (index % 8));
  return copy;
}

beforeAll(async () => {
  session = await DuckdbSession.open({ memoryLimitMb: 256, threads: 1 });
  whole = await parquet(`${RATED} FROM range(${ROWS}) t(i)`, ', ROW_GROUP_SIZE 2048');
  const files: Record<string, Buffer> = { 'good.parquet': whole };
  CUTS.forEach(([, cut], index) => {
    files[`cut_${index}.parquet`] = whole.subarray(0, cut(whole.length));
  });
  DAMAGE.forEach(([, damage], index) => {
    const bytes = Buffer.from(whole);
    damage(bytes);
    files[`damage_${index}.parquet`] = bytes;
  });
  for (const [index, [, select]] of SCHEMAS.entries())
    files[`schema_${index}.parquet`] = await parquet(`${select} FROM range(2) t(i)`);
  for (const [index, [, column, value]] of VALUES.entries())
    files[`value_${index}.parquet`] = await parquet(replaced(column, value));
  for (const index of FLIPS) files[`flip_${index}.parquet`] = flipped(whole, index);
  for (const [index, name] of WILD.entries())
    files[name] = await parquet(`${RATED} FROM range(${index * 10}, ${index * 10 + 2}) t(i)`);
  outcome = await ingestFiles(files, { dataset: 'rated' });
}, 120_000);
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

function expectRefused(file: string, error: string, says: RegExp): void {
  const found = outcome.files.get(file);
  expect(found).toMatchObject({ outcome: 'refused', rows: 0, error: { name: error } });
  expect(found?.error?.message).toMatch(says);
  expect(found?.error?.message).toMatch(/Next: /);
  expect(found?.error?.message).not.toMatch(/SELECT|read_parquet|LINE 1|DESCRIBE|\/tmp\//);
  expect([outcome.rows(file), outcome.quarantine(file)]).toEqual([[], []]);
}

describe('I2 malformed Parquet', () => {
  test.each(CUTS.map(([name], index) => [name, index] as const))('cut off %s', (_name, index) => {
    expectRefused(`cut_${index}.parquet`, 'FileNotReadable', /cut off or damaged.*fetch it again/);
  });

  test.each(DAMAGE.map(([name], index) => [name, index] as const))('damaged: %s', (_name, index) => {
    expectRefused(`damage_${index}.parquet`, 'FileNotReadable', /cut off or damaged.*fetch it again/);
  });

  test.each(SCHEMAS.map(([name, , says], index) => [name, says, index] as const))(
    'refused: %s',
    (_name, says, index) => {
      const error = outcome.files.get(`schema_${index}.parquet`)?.error?.name ?? '';
      expectRefused(
        `schema_${index}.parquet`,
        /^(SchemaMismatch|FileNotReadable)$/.exec(error)?.[0] ?? 'SchemaMismatch',
        says,
      );
    },
  );

  test.each(VALUES.map(([name, , , reason], index) => [name, reason, index] as const))(
    'rejected: %s',
    (_name, reason, index) => {
      const file = `value_${index}.parquet`;
      expect(outcome.files.get(file)).toMatchObject({
        outcome: 'ingested',
        rows: 0,
        reasons: { [reason]: 3 },
      });
      expect(outcome.quarantine(file).map((row) => row.byte_offset)).toEqual(['0', '1', '2']);
    },
  );

  test.each(FLIPS)('a flipped bit, number %i: refused, or every row accounted for', (index) => {
    const file = `flip_${index}.parquet`;
    const found = outcome.files.get(file);
    if (found?.outcome === 'refused') {
      expect(['FileNotReadable', 'SchemaMismatch', 'FileRepeated']).toContain(found.error?.name);
      expect(outcome.rows(file)).toEqual([]);
      return;
    }
    expect((found?.rows ?? 0) + (found?.quarantined ?? 0)).toBe(ROWS);
    expect(outcome.rows(file)).toHaveLength(found?.rows ?? -1);
    expect(outcome.quarantine(file)).toHaveLength(found?.quarantined ?? -1);
  });

  test.each(WILD.map((name, index) => [name, index] as const))(
    'a file named %s is that file and no other',
    (name, index) => {
      expect(outcome.rows(name).map((row) => row.rated_id)).toEqual([`r${index * 10}`, `r${index * 10 + 1}`]);
    },
  );

  test('the good file beside them is in the lake, and nothing took long', () => {
    expect(outcome.rows('good.parquet')).toHaveLength(ROWS);
    expect(outcome.seconds).toBeLessThan(MOST_SECONDS * 2);
  });
});
