import fc from 'fast-check';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { LocalWarehouse } from './warehouse.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 256, threads: 1 });

/** Steps over a few tables; the same text comes again and again, with other rows in what it reads. */
const STEPS = [
  'CREATE OR REPLACE TEMP TABLE a AS SELECT i AS x, CAST(i % 3 AS VARCHAR) AS y FROM range($from, $to) r(i)',
  'CREATE OR REPLACE TEMP TABLE a AS SELECT $from AS x, NULL::VARCHAR AS y',
  "CREATE OR REPLACE TEMP TABLE a (x BIGINT, y VARCHAR); INSERT INTO a VALUES ($to, 'z'), ($from, NULL)",
  'CREATE OR REPLACE TEMP TABLE b AS SELECT y, count(*) AS n, min(x) AS lo, max(x) AS hi FROM a GROUP BY y',
  'CREATE OR REPLACE TEMP TABLE b AS SELECT y, sum(x)::BIGINT AS n FROM a WHERE x > $from GROUP BY y',
  'CREATE OR REPLACE TEMP TABLE a AS SELECT * FROM a WHERE x % 2 = 0 UNION ALL SELECT * FROM a WHERE x < $from',
  'CREATE OR REPLACE TEMP VIEW v AS SELECT a.*, b.n FROM a LEFT JOIN b USING (y)',
  'CREATE OR REPLACE TEMP MACRO twice(x) AS 2 * x',
  'CREATE OR REPLACE TEMP TABLE c AS SELECT twice(x) AS d, n FROM v',
  'CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT x FROM a; INSERT INTO kept SELECT x FROM a',
  'DELETE FROM kept WHERE x IN (SELECT x FROM a)',
  'UPDATE a SET x = x + 1 WHERE y IS NOT NULL',
  'DROP TABLE IF EXISTS kept',
] as const;

const QUERIES = [
  'FROM a ORDER BY ALL',
  'FROM b ORDER BY ALL',
  'FROM c ORDER BY ALL',
  'FROM v ORDER BY ALL',
  'FROM kept ORDER BY ALL',
  'SELECT count(*) AS n, min(x) AS lo, max(x) AS hi FROM a',
  'SELECT x FROM a WHERE x > $from AND x < $to ORDER BY ALL',
] as const;

/** What a session says to a step and then to every query: rows, or that it failed. */
async function told(
  session: WarehouseSession,
  step: string,
  values: Record<string, number>,
): Promise<unknown[]> {
  const failed = () => 'failed';
  const said: unknown[] = [await session.run(step, values).then(() => 'done', failed)];
  for (const query of QUERIES) said.push(await session.query(query, values).catch(failed));
  return said;
}

test('whatever was run before, a session that keeps plans says what a plain one says', async () => {
  const step = fc.record({
    sql: fc.constantFrom(...STEPS),
    from: fc.integer({ min: -5, max: 20 }),
    to: fc.integer({ min: 0, max: 3000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const plain = await warehouse.open();
      const steady = await warehouse.open({ repeats: true });
      try {
        for (const { sql, ...values } of steps) {
          expect(await told(steady, sql, values)).toEqual(await told(plain, sql, values));
        }
      } finally {
        await plain.close();
        await steady.close();
      }
    }),
    { seed: 20261124, numRuns: process.env.PLUMBLINE_LONG ? 300 : 12 },
  );
}, 600_000);

test('a table that is made over and over with many rows does not grow without bound', async () => {
  const session = await warehouse.open({ repeats: true });
  try {
    for (let round = 0; round < 40; round += 1) {
      await session.run(
        'CREATE OR REPLACE TEMP TABLE t AS SELECT i, md5(CAST(i AS VARCHAR)) AS text FROM range($from, $to) r(i)',
        { from: round * 10_000, to: (round + 1) * 10_000 },
      );
    }
    const [row] = await session.query(
      'SELECT (SELECT count(*) FROM t) AS rows, (SELECT max(rowid) FROM t) AS last',
    );
    expect(Number(row?.rows)).toBe(10_000);
    expect(Number(row?.last)).toBeLessThan(80_000);
  } finally {
    await session.close();
  }
});
