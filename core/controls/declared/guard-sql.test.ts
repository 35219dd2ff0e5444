import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { assertSafeSql } from './guard-sql.ts';

let session: WarehouseSession;
beforeAll(async () => {
  session = await new LocalWarehouse({ memoryLimitMb: 128, threads: 1 }).open();
});
afterAll(() => session.close());

const guard = (sql: string, tolerance = {}) =>
  assertSafeSql(
    `-- Grain: one violation per item.\n${sql}`,
    { needs: ['rated'], also: ['suspense'], tolerance },
    'X01.sql',
    session,
  );

test.each([
  ['a dataset that it needs', 'SELECT rated_id AS key FROM rated'],
  [
    'one that it may do without, and the tables of the engine',
    'SELECT 1 FROM suspense, scope, tariff, catalog',
  ],
  [
    'a common table, a window, a semicolon',
    'WITH a AS (SELECT row_number() OVER (ORDER BY rated_id, file_id, byte_offset) AS n FROM rated) SELECT n FROM a;',
  ],
  [
    'exact money',
    'SELECT share_of(amount, 1, 3), amount * 2 - 1.5, quantity // 3, CAST(amount AS DECIMAL(18,6)) FROM rated',
  ],
  [
    'lists, unions, sub-queries',
    'SELECT [1, 2] FROM rated WHERE EXISTS (SELECT 1 FROM suspense) UNION ALL SELECT [3] FROM (VALUES (1)) v',
  ],
  ['days in a row', 'SELECT d FROM scope, unnest(generate_series(1, 3)) t(d)'],
  [
    'an anti join, a CASE and a QUALIFY',
    'SELECT CASE WHEN r.amount > 0 THEN 1 END FROM rated r ANTI JOIN suspense q USING (correlation_id) QUALIFY row_number() OVER (ORDER BY r.file_id, r.byte_offset) = 1',
  ],
])('allows %s', async (_condition, sql) => {
  await expect(guard(sql)).resolves.toBeUndefined();
});

test.each([
  ['a WITH named as a dataset', 'WITH rated AS (SELECT 1 AS x) SELECT x FROM rated', 'table of its own'],
  [
    'a WITH inside that would open the real one outside',
    'WITH a AS (WITH billed AS (SELECT 1 AS x) SELECT x FROM billed) SELECT b.x FROM billed b, a',
    'table of its own',
  ],
  ['writing a file', "COPY rated TO '/tmp/x.csv'", 'Only SELECT'],
  ['another database', "ATTACH '/tmp/x.db' AS x", 'Only SELECT'],
  ['an extension', 'INSTALL httpfs', 'Only SELECT'],
  ['loading one', 'LOAD httpfs', 'Only SELECT'],
  ['a pragma', 'PRAGMA database_list', 'not allowed|Only SELECT'],
  ['a setting', "SET memory_limit = '99GB'", 'Only SELECT'],
  ['dropping a table', 'DROP TABLE scope', 'Only SELECT'],
  ['a change of data', 'DELETE FROM rated', 'Only SELECT'],
  ['two statements', 'SELECT 1 FROM rated; SELECT 2 FROM rated', 'one SELECT'],
  ['a statement behind a SELECT', "SELECT 1 FROM rated; COPY rated TO '/tmp/x'", 'Only SELECT'],
  ['no statement', '-- nothing', 'one SELECT'],
  ['reading a file by function', "SELECT * FROM read_csv('/etc/passwd')", 'read_csv'],
  ['reading a text file', "SELECT * FROM read_text('/etc/passwd')", 'read_text'],
  ['a glob', "SELECT * FROM glob('/*')", 'glob'],
  ['Parquet of another run', "SELECT * FROM read_parquet('x.parquet')", 'read_parquet'],
  ['a file named as a table', "SELECT * FROM '/etc/passwd.csv'", 'not among needs'],
  ['a file from the network', "SELECT * FROM 'https://example.org/x.csv'", 'not among needs'],
  [
    'a file hidden in a sub-query',
    "SELECT 1 FROM rated WHERE EXISTS (SELECT 1 FROM 'x.csv')",
    'not among needs',
  ],
  [
    'a file hidden in a list of columns',
    "SELECT (SELECT count(*) FROM 'x.parquet') FROM rated",
    'not among needs',
  ],
  [
    'a file behind a common table of its name',
    `SELECT 1 FROM (WITH "x.csv" AS (SELECT 1) SELECT * FROM "x.csv") a, "x.csv" b`,
    'WITH cannot be named',
  ],
  [
    'secrets behind a common table of their name',
    'SELECT 1 FROM (WITH duckdb_secrets AS (SELECT 1) SELECT 1 FROM duckdb_secrets) a, duckdb_secrets b',
    'WITH cannot be named',
  ],
  ['a dataset that it does not declare', 'SELECT * FROM billed', '"billed"'],
  ['a catalog', 'SELECT * FROM system.main.rated', 'without schema or catalog'],
  ['a schema', 'SELECT * FROM information_schema.tables', 'without schema or catalog'],
  ['tables of the engine', 'SELECT * FROM duckdb_settings()', 'duckdb_settings'],
  ['a query in a text', "SELECT * FROM query('SELECT 1')", 'query'],
  ['a table by text', "SELECT * FROM query_table('x.csv')", 'query_table'],
  ['a description', 'FROM (DESCRIBE rated)', 'SHOW_REF'],
  ['the environment', "SELECT getenv('HOME') FROM rated", 'getenv'],
  ['a setting read', "SELECT current_setting('temp_directory') FROM rated", 'current_setting'],
  ['a variable', "SELECT getvariable('x') FROM rated", 'getvariable'],
  ['the clock', 'SELECT now() FROM rated', 'now|get_current'],
  ['the day of today', 'SELECT current_date FROM rated', 'not allowed'],
  ['the time under its other name', 'SELECT LocalTimestamp FROM rated', 'not allowed'],
  ['who asks', 'SELECT user FROM rated', 'not allowed'],
  ['chance', 'SELECT random() FROM rated', 'random'],
  ['an id by chance', 'SELECT uuid() FROM rated', 'uuid'],
  ['a sample', 'SELECT 1 FROM rated USING SAMPLE 10%', 'sample'],
  ['a sample of a table', 'SELECT 1 FROM rated TABLESAMPLE 10%', 'sample'],
  ['sleep', 'SELECT sleep_ms(10000) FROM rated', 'sleep_ms'],
  ['a log', "SELECT write_log('x') FROM rated", 'write_log'],
  [
    'recursion without end',
    'WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x FROM a) SELECT x FROM a',
    'RECURSIVE|not allowed',
  ],
  ['a pivot', 'SELECT * FROM (PIVOT rated ON zone USING sum(amount))', 'not allowed|Only SELECT'],
  ['a division', 'SELECT amount / 3 FROM rated', 'division'],
  ['a mean', 'SELECT avg(amount) FROM rated', 'avg'],
  ['a float', 'SELECT CAST(amount AS DOUBLE) FROM rated', 'float'],
  ['a float in a struct', 'SELECT CAST(NULL AS STRUCT(a DOUBLE)) FROM rated', 'float'],
  ['a number with an exponent', 'SELECT amount * 1e-1 FROM rated', 'exponent'],
  ['any of several values', 'SELECT any_value(zone) FROM rated', 'any_value'],
  [
    'a common table outside of the query that names it',
    'SELECT 1 FROM (WITH price AS (SELECT 1) SELECT 1 FROM price) a, price b',
    '"price"',
  ],
  ['a parameter that is no tolerance', 'SELECT $lag_days FROM rated', 'lag_days'],
  ['a syntax error', 'SELECT FROM WHERE', 'syntax error'],
])('refuses %s', async (_condition, sql, why) => {
  await expect(guard(sql)).rejects.toMatchObject({
    name: 'ControlInvalid',
    message: expect.stringMatching(new RegExp(why)),
  });
});

// What is the same for every order of rows.
test.each([
  [
    'a list by what it collects',
    "SELECT string_agg(zone, ',' ORDER BY zone), CAST(list(DISTINCT zone ORDER BY zone) AS VARCHAR) FROM rated",
  ],
  [
    'the value of the smallest key, as a struct',
    'SELECT min(struct_pack(k := start_time, v := amount)).v FROM rated',
  ],
  [
    'ranks, whose ties are level',
    'SELECT rank() OVER (ORDER BY amount), dense_rank() OVER (ORDER BY amount) FROM rated',
  ],
  [
    'sums to the end of a range, whose ties count together',
    'SELECT sum(amount) OVER (ORDER BY start_time) FROM rated',
  ],
  [
    'sums of whole parts',
    'SELECT sum(amount) OVER (PARTITION BY zone ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM rated',
  ],
  [
    'rows in the order of their lineage',
    'SELECT lag(amount) OVER (PARTITION BY zone ORDER BY start_time, file_id, byte_offset) FROM rated',
  ],
  ['lineage in the parts', 'SELECT row_number() OVER (PARTITION BY file_id, byte_offset) FROM rated'],
  [
    'both sides of a join',
    'SELECT row_number() OVER (ORDER BY r.file_id, r.byte_offset, q.file_id, q.byte_offset) FROM rated r JOIN suspense q USING (correlation_id) CROSS JOIN scope',
  ],
  ['a named window', 'SELECT lead(amount) OVER w FROM rated WINDOW w AS (ORDER BY file_id, byte_offset)'],
  [
    'groups by their columns',
    'SELECT zone, row_number() OVER (ORDER BY count(*) DESC, zone) FROM rated GROUP BY zone',
  ],
  [
    'groups of a WITH',
    'WITH n AS (SELECT zone, source AS s, count(*) AS n FROM rated GROUP BY zone, source) SELECT row_number() OVER (PARTITION BY n.s ORDER BY n.n DESC, n.zone) FROM n',
  ],
  [
    'distinct rows of a WITH',
    'WITH z AS (SELECT DISTINCT zone FROM rated) SELECT lag(zone) OVER (ORDER BY zone) FROM z',
  ],
  [
    'rows that a WITH passes on',
    'WITH r AS (SELECT * FROM rated WHERE amount > 0) SELECT row_number() OVER (ORDER BY file_id, byte_offset) FROM r',
  ],
  [
    'lineage that a sub-query renames',
    'SELECT row_number() OVER (ORDER BY x.f, x.b) FROM (SELECT file_id AS f, byte_offset AS b FROM rated) x',
  ],
  ['the first of all columns', 'SELECT zone, amount FROM rated ORDER BY ALL LIMIT 1'],
  ['the first by lineage', 'SELECT amount FROM rated ORDER BY amount DESC, file_id, byte_offset LIMIT 1'],
])('allows %s', async (_condition, sql) => {
  await expect(guard(sql)).resolves.toBeUndefined();
  // What is allowed must also be what the engine can run.
  await session.run(`CREATE OR REPLACE TEMP VIEW rated AS SELECT * FROM (VALUES
    ('r1', 'c1', 'n', 's', TIMESTAMP '2026-10-14', CAST(1 AS DECIMAL(18,6)), 'f', 1)) t(rated_id, correlation_id, zone, source, start_time, amount, file_id, byte_offset);
    CREATE OR REPLACE TEMP VIEW suspense AS SELECT 'c1' AS correlation_id, 'g' AS file_id, 1 AS byte_offset;
    CREATE OR REPLACE TEMP VIEW scope AS SELECT DATE '2026-10-14' AS first_day`);
  await expect(session.query(sql)).resolves.toBeDefined();
});

// What two runs over the same rows could say otherwise, and what the error says to write instead.
test.each([
  ['a list in no order', 'SELECT list(zone) FROM rated', 'ORDER BY x'],
  ['a text in no order', "SELECT string_agg(zone, ',') FROM rated", 'ORDER BY x'],
  [
    'a text in the order of something else',
    "SELECT string_agg(zone, ',' ORDER BY amount) FROM rated",
    'ORDER BY x',
  ],
  ['distinct values in no order', 'SELECT array_agg(DISTINCT zone) FROM rated', 'ORDER BY x'],
  ['a sub-query as a list', 'SELECT ARRAY(SELECT zone FROM rated) FROM scope', 'ORDER BY x'],
  ['a list over a window', 'SELECT list(zone) OVER (PARTITION BY source) FROM rated', 'GROUP BY'],
  ['the value of the smallest key', 'SELECT arg_min(amount, start_time) FROM rated', 'min.struct_pack'],
  ['the value of the largest key', 'SELECT max_by(amount, start_time) FROM rated', 'max.struct_pack'],
  ['the most frequent value', 'SELECT mode(zone) FROM rated', 'count per value'],
  ['the first value', 'SELECT first(zone) FROM rated', 'min'],
  ['the last value', 'SELECT last(zone ORDER BY start_time) FROM rated', 'min'],
  ['numbers of rows in no order', 'SELECT row_number() OVER () FROM rated', 'file_id and byte_offset'],
  [
    'numbers of rows with ties',
    'SELECT row_number() OVER (ORDER BY start_time) FROM rated',
    'file_id and byte_offset',
  ],
  ['half a lineage', 'SELECT row_number() OVER (ORDER BY byte_offset) FROM rated', 'file_id and byte_offset'],
  [
    'the row before, with ties',
    'SELECT lag(amount) OVER (PARTITION BY zone ORDER BY start_time) FROM rated',
    'file_id and byte_offset',
  ],
  [
    'the first of a window, with ties',
    'SELECT first_value(amount) OVER (ORDER BY start_time) FROM rated',
    'rank',
  ],
  ['thirds, with ties', 'SELECT ntile(3) OVER (ORDER BY amount) FROM rated', 'file_id and byte_offset'],
  [
    'a sum of some rows',
    'SELECT sum(amount) OVER (ORDER BY start_time ROWS 1 PRECEDING) FROM rated',
    'RANGE',
  ],
  [
    'one side of a join',
    'SELECT row_number() OVER (ORDER BY r.file_id, r.byte_offset) FROM rated r JOIN suspense q USING (correlation_id)',
    'every dataset',
  ],
  [
    'lineage of nobody knows which side',
    'SELECT row_number() OVER (ORDER BY file_id, byte_offset) FROM rated r JOIN suspense q USING (correlation_id)',
    'every dataset',
  ],
  [
    'another column under the name of lineage',
    'SELECT zone AS file_id, source AS byte_offset FROM rated ORDER BY file_id, byte_offset LIMIT 1',
    'total order',
  ],
  [
    'lineage of a WITH that repeats rows',
    'WITH r AS (SELECT file_id, byte_offset, unnest([1, 2]) AS n FROM rated) SELECT row_number() OVER (ORDER BY file_id, byte_offset) FROM r',
    'file_id and byte_offset',
  ],
  [
    'lineage that a WITH replaces',
    'WITH r AS (SELECT * REPLACE (zone AS file_id) FROM rated) SELECT row_number() OVER (ORDER BY file_id, byte_offset) FROM r',
    'file_id and byte_offset',
  ],
  [
    'part of the columns of a group',
    'SELECT row_number() OVER (ORDER BY zone) FROM rated GROUP BY zone, source',
    'GROUP BY',
  ],
  ['the first of no order', 'SELECT amount FROM rated LIMIT 1', 'ORDER BY ALL'],
  ['the first with ties', 'SELECT amount, zone FROM rated ORDER BY amount LIMIT 1', 'ORDER BY ALL'],
  [
    'the first of a union',
    'SELECT zone FROM rated UNION ALL SELECT zone FROM rated ORDER BY zone LIMIT 1',
    'ORDER BY ALL',
  ],
  ['the first tenth', 'SELECT amount FROM rated ORDER BY ALL LIMIT 10%', 'percent'],
  ['one row of each', 'SELECT DISTINCT ON (zone) zone, amount FROM rated ORDER BY zone', 'GROUP BY'],
  [
    'the nearest row before',
    'SELECT r.amount FROM rated r ASOF JOIN suspense q ON r.start_time >= q.since',
    'ASOF',
  ],
  ['rows side by side', 'SELECT r.amount FROM rated r POSITIONAL JOIN suspense q', 'POSITIONAL'],
])('refuses what depends on the order of rows: %s', async (_condition, sql, why) => {
  await expect(guard(sql)).rejects.toMatchObject({
    name: 'ControlInvalid',
    message: expect.stringMatching(new RegExp(why)),
  });
});

test('a tolerance that the SQL does not use is a mistake', async () => {
  await expect(guard('SELECT 1 FROM rated', { lag_days: '2' })).rejects.toThrow('lag_days is not used');
});

test.each([
  ['no grain', 'SELECT 1 FROM rated', 'Grain'],
  ['a zero byte', '-- Grain: x\nSELECT 1\u0000 FROM rated', 'zero byte'],
  ['a megabyte', `-- Grain: x\nSELECT 1 FROM rated -- ${'x'.repeat(1_000_000)}`, 'longer than'],
  ['a thousand brackets', `-- Grain: x\nSELECT ${'('.repeat(1000)}1${')'.repeat(1000)} FROM rated`, ''],
])('refuses text with %s', async (condition, sql, why) => {
  const read = assertSafeSql(sql, { needs: ['rated'], tolerance: {} }, 'X01.sql', session);
  if (condition === 'a thousand brackets')
    await read.catch((error) => expect(error.name).toBe('ControlInvalid'));
  else
    await expect(read).rejects.toMatchObject({
      name: 'ControlInvalid',
      message: expect.stringContaining(why),
    });
});
