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
    'WITH a AS (SELECT row_number() OVER (ORDER BY rated_id) AS n FROM rated) SELECT n FROM a;',
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
    'SELECT CASE WHEN r.amount > 0 THEN 1 END FROM rated r ANTI JOIN suspense q USING (correlation_id) QUALIFY row_number() OVER (ORDER BY r.rated_id) = 1',
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
  ['a parameter that is no tolerance', 'SELECT $lag_days FROM rated', 'lag_days'],
  ['a syntax error', 'SELECT FROM WHERE', 'syntax error'],
])('refuses %s', async (_condition, sql, why) => {
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
