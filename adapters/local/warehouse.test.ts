import { existsSync } from 'node:fs';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { DuckdbSession } from './duckdb-session.ts';
import { LocalWarehouse } from './warehouse.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 256, threads: 1 });
let session: WarehouseSession;

beforeAll(async () => {
  session = await warehouse.open();
});
afterAll(() => session.close());

describe('values that a query returns', () => {
  test.each([
    ['a decimal keeps every digit', "CAST('123456789012.123456' AS DECIMAL(18,6))", '123456789012.123456'],
    ['a negative decimal below one', "CAST('-0.000001' AS DECIMAL(18,6))", '-0.000001'],
    ['a sum of decimals', '(SELECT sum(x) FROM (VALUES (0.1), (0.2)) t(x))', '0.3'],
    ['a 64-bit integer beyond 2^53', '9007199254740993::BIGINT', '9007199254740993'],
    ['a sum of integers (HUGEINT)', '(SELECT sum(x) FROM range(4) t(x))', '6'],
    ['a 32-bit integer', '7::INTEGER', 7],
    ['a boolean', 'true', true],
    ['a null', 'NULL::VARCHAR', null],
    ['a text', "'Grüß Gott'", 'Grüß Gott'],
    ['a date', "DATE '2026-10-25'", '2026-10-25'],
    ['a timestamp', "TIMESTAMP '2026-10-25 01:30:00'", '2026-10-25T01:30:00.000Z'],
    ['a timestamp in milliseconds', "TIMESTAMP_MS '2026-10-25 01:30:00.123'", '2026-10-25T01:30:00.123Z'],
    ['a timestamp in microseconds', "TIMESTAMP '2026-10-25 01:30:00.123456'", '2026-10-25T01:30:00.123456Z'],
    ['a timestamp before 1970', "TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31T23:59:59.999999Z'],
    ['a timestamp with time zone', "TIMESTAMPTZ '2026-10-25 02:30:00+02'", '2026-10-25T00:30:00.000Z'],
    [
      'local time of a zone (ICU is in the binary)',
      "timezone('Europe/Vienna', TIMESTAMPTZ '2026-10-25 00:30:00+00')",
      '2026-10-25T02:30:00.000Z',
    ],
  ])('%s', async (_condition, expression, expected) => {
    expect(await session.query(`SELECT ${expression} AS v`)).toEqual([{ v: expected }]);
  });

  test('a nested column is refused, not flattened', async () => {
    await expect(session.query('SELECT [1, 2] AS v')).rejects.toThrow(/LIST.*VARCHAR/);
  });
});

describe('parameters', () => {
  test.each([
    ['text', 'x', 'VARCHAR', 'x'],
    ['whole number', 5, 'BIGINT', '5'],
    ['bigint beyond 64 bits', 2n ** 70n, 'HUGEINT', (2n ** 70n).toString()],
    ['boolean', false, 'BOOLEAN', false],
  ])('%s', async (_condition, value, type, expected) => {
    expect(await session.query('SELECT $p AS v, typeof($p) AS t', { p: value })).toEqual([
      { v: expected, t: type },
    ]);
  });

  test('null', async () => {
    expect(await session.query('SELECT $p IS NULL AS v', { p: null })).toEqual([{ v: true }]);
  });

  test('a script uses a parameter in only one of its statements', async () => {
    await session.run(
      'CREATE TEMP TABLE a (x INTEGER); INSERT INTO a VALUES ($n); INSERT INTO a VALUES (9)',
      { n: 4 },
    );
    expect(await session.query('SELECT x FROM a ORDER BY x')).toEqual([{ x: 4 }, { x: 9 }]);
  });

  test('a parameter without a value is an error that names it', async () => {
    await expect(session.query('SELECT $missing AS v')).rejects.toThrow('$missing');
  });
});

describe('sessions', () => {
  test('an engine error names the first line of the statement', async () => {
    await expect(session.query('-- why\nSELECT nothing FROM nowhere\nWHERE true')).rejects.toThrow(
      /nowhere.*\[in: SELECT nothing FROM nowhere\]/s,
    );
  });

  test('a table of one session is not seen by another', async () => {
    const other = await warehouse.open();
    await other.run('CREATE TABLE mine AS SELECT 1 AS x');
    await expect(session.query('SELECT * FROM mine')).rejects.toThrow('mine');
    await other.close();
  });

  test('options are in force and nothing is loaded from outside', async () => {
    const settings = await session.query(
      `SELECT name, value FROM duckdb_settings()
       WHERE name IN ('TimeZone', 'threads', 'memory_limit', 'autoinstall_known_extensions', 'autoload_known_extensions')
       ORDER BY name`,
    );
    expect(Object.fromEntries(settings.map((row) => [row.name, row.value]))).toEqual({
      TimeZone: 'UTC',
      threads: '1',
      memory_limit: expect.stringMatching(/^24\d\.\d MiB$/),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  });

  test('closing removes the spill folder, and closing twice is harmless', async () => {
    const own = await DuckdbSession.open({ memoryLimitMb: 64, threads: 1 });
    expect(existsSync(own.tempFolder)).toBe(true);
    await own.close();
    await own.close();
    expect(existsSync(own.tempFolder)).toBe(false);
  });

  test('more data than the memory limit is spilled, not refused', async () => {
    const small = await DuckdbSession.open({ memoryLimitMb: 64, threads: 1 });
    await small.run('CREATE TEMP TABLE big AS SELECT md5(i::VARCHAR) AS h, i FROM range(3000000) t(i)');
    expect(await small.query('SELECT count(DISTINCT h) AS n FROM (SELECT h FROM big ORDER BY h)')).toEqual([
      { n: '3000000' },
    ]);
    await small.close();
  });

  test('a small memory limit spills and gives the same join and sums as a large one', async () => {
    const sides = `CREATE TEMP TABLE usage AS SELECT md5(i::VARCHAR) AS id, i AS quantity FROM range(600000) t(i);
      CREATE TEMP TABLE billed AS SELECT md5((i * 2)::VARCHAR) AS id, i::DECIMAL(18,6) AS amount FROM range(600000) t(i)`;
    const [large, small] = await Promise.all(
      [1024, 64].map(async (memoryLimitMb) => {
        const own = await DuckdbSession.open({ memoryLimitMb, threads: 1 });
        await own.run(sides);
        const sums = await own.query(
          `SELECT count(*) AS n, count(u.id) AS usage, sum(quantity) AS quantity, sum(amount) AS amount
           FROM usage u FULL OUTER JOIN billed b USING (id)`,
        );
        const [spilled] = await own.query(
          'SELECT coalesce(sum(size), 0) > 0 AS v FROM duckdb_temporary_files()',
        );
        await own.close();
        return { sums, spilled: spilled?.v };
      }),
    );
    expect(small?.sums).toEqual(large?.sums);
    expect(large?.sums).toMatchObject([{ n: '900000', usage: '600000' }]);
    expect([large?.spilled, small?.spilled]).toEqual([false, true]);
  });
});
