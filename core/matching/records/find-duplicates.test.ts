import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { findDuplicates } from './find-duplicates.ts';
import { DEFAULT_TOLERANCES, type MatchTolerances } from './tolerances.ts';

interface Report {
  readonly id: string;
  readonly source: string;
  readonly ms: number;
  readonly quantity: number;
  readonly bNumber?: string;
  readonly service?: string;
}

let session: WarehouseSession;
beforeAll(async () => {
  session = await new LocalWarehouse({ memoryLimitMb: 256, threads: 2 }).open();
});
afterAll(() => session.close());

async function found(reports: readonly Report[], changes: Partial<MatchTolerances> = {}) {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE match_records AS
     SELECT r.id, r.source, '43660111' AS a_number, coalesce(r."bNumber", '43660222') AS b_number,
       coalesce(r.service, 'voice') AS service, make_timestamp_ms(1791979200000 + r.ms) AS start_time, r.quantity
     FROM (SELECT unnest(from_json($reports::JSON,
       '[{"id":"VARCHAR","source":"VARCHAR","ms":"BIGINT","quantity":"BIGINT","bNumber":"VARCHAR","service":"VARCHAR"}]')) AS r)`,
    { reports: JSON.stringify(reports) },
  );
  await findDuplicates(session, readSqlFile, { ...DEFAULT_TOLERANCES, ...changes });
  const duplicates = await session.query('SELECT * FROM match_duplicate ORDER BY repeated_id');
  const overlaps = await session.query('SELECT * FROM match_overlap ORDER BY second_id');
  return {
    duplicates: duplicates.map((d) => `${d.repeated_id} repeats ${d.kept_id} ${d.rule} ${d.dt_ms} ${d.dq}`),
    overlaps: overlaps.map((o) => `${o.second_id} runs into ${o.first_id} ${o.overlap_ms}`),
  };
}

const report = (id: string, ms: number, quantity: number, other: Partial<Report> = {}): Report => ({
  id,
  source: id.slice(0, 1),
  ms,
  quantity,
  ...other,
});

test.each<[string, Report[], string[]]>([
  ['the same key of one source', [report('A1', 0, 60), report('A2', 0, 60)], ['A2 repeats A1 exact 0 0']],
  ['the same key of two sources', [report('B1', 0, 60), report('A1', 0, 60)], ['B1 repeats A1 exact 0 0']],
  ['near, of two sources', [report('A1', 0, 60), report('B1', 1500, 61)], ['B1 repeats A1 fuzzy 1500 1']],
  ['near, of one source: two events', [report('A1', 0, 1), report('A2', 1500, 1)], []],
  ['past the skew', [report('A1', 0, 2), report('B1', 2001, 2)], []],
  ['another quantity', [report('A1', 0, 60), report('B1', 0, 90)], []],
  ['another called number', [report('A1', 0, 2), report('B1', 1, 2, { bNumber: '4367' })], []],
  [
    'three sources, one event',
    [report('A1', 0, 60), report('B1', 300, 60), report('C1', 900, 60)],
    ['B1 repeats A1 fuzzy 300 0', 'C1 repeats A1 fuzzy 900 0'],
  ],
  [
    'a source joins an event once',
    [report('A1', 0, 1), report('B1', 1000, 1), report('B2', 1200, 1)],
    ['B1 repeats A1 fuzzy 1000 0'],
  ],
  [
    'also where it is there exactly',
    [report('A1', 0, 60), report('B1', 0, 60), report('B2', 500, 60)],
    ['B1 repeats A1 exact 0 0'],
  ],
  [
    'two calls that were tried again, seen twice',
    [report('A1', 0, 1), report('A2', 1500, 1), report('B1', 100, 1), report('B2', 1600, 1)],
    ['B1 repeats A1 fuzzy 100 0', 'B2 repeats A2 fuzzy 100 0'],
  ],
  [
    'what is kept for a nearer one stays kept',
    [report('A1', 0, 60), report('B1', 1000, 60), report('C1', 1100, 60)],
    ['A1 repeats B1 fuzzy -1000 0', 'C1 repeats B1 fuzzy 100 0'],
  ],
])('%s', async (_condition, reports, expected) => {
  expect((await found(reports)).duplicates).toEqual(expected);
});

test.each<[string, Report[], string[]]>([
  [
    'a call into another',
    [report('A1', 0, 60), report('A2', 30_000, 60, { bNumber: '4367' })],
    ['A2 runs into A1 30000'],
  ],
  ['one within another', [report('A1', 0, 60), report('A2', 30_000, 5)], ['A2 runs into A1 5000']],
  ['one after another', [report('A1', 0, 60), report('A2', 60_000, 60)], []],
  ['clocks apart by the skew', [report('A1', 0, 60), report('A2', 58_000, 60)], []],
  ['past it', [report('A1', 0, 60), report('A2', 57_999, 60)], ['A2 runs into A1 2001']],
  [
    'the earlier one that ends last',
    [report('A1', 0, 600), report('A2', 10_000, 5), report('A3', 20_000, 600)],
    ['A2 runs into A1 5000', 'A3 runs into A1 580000'],
  ],
  [
    'data may run side by side',
    [report('A1', 0, 60, { service: 'data' }), report('A2', 1, 60, { service: 'data' })],
    [],
  ],
  ['the same call seen twice is no overlap', [report('A1', 0, 60), report('B1', 100, 60)], []],
])('overlap: %s', async (_condition, reports, expected) => {
  expect((await found(reports)).overlaps).toEqual(expected);
});

/** By its definition: all near pairs by rank, each taken where it can still be. */
function bruteForce(reports: readonly Report[]): string[] {
  const { clockSkewMs: skew } = DEFAULT_TOLERANCES;
  const key = (r: Report) => `${r.source} ${r.id}`;
  const rows: string[] = [];
  const repeated = new Set<Report>();
  const cluster = new Map<Report, Set<string>>();
  const take = (kept: Report, other: Report, rule: string) => {
    repeated.add(other);
    cluster.set(kept, (cluster.get(kept) ?? new Set([kept.source])).add(other.source));
    rows.push(
      `${other.id} repeats ${kept.id} ${rule} ${other.ms - kept.ms} ${other.quantity - kept.quantity}`,
    );
  };
  const bySource = [...reports].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  bySource.forEach((r, i) => {
    const kept = bySource.slice(0, i).find((k) => k.ms === r.ms && k.quantity === r.quantity);
    if (kept) take(kept, r, 'exact');
  });
  const singles = bySource.filter((r) => !repeated.has(r)).sort((a, b) => a.ms - b.ms);
  const pairs = singles.flatMap((x, i) =>
    singles.slice(i + 1).map((y) => ({ x, y, dq: Math.abs(x.quantity - y.quantity) })),
  );
  const near = pairs
    .filter(({ x, y, dq }) => x.source !== y.source && y.ms - x.ms <= skew && dq <= 1)
    .sort(
      (p, q) =>
        p.y.ms - p.x.ms - (q.y.ms - q.x.ms) || p.dq - q.dq || (p.x.id + p.y.id < q.x.id + q.y.id ? -1 : 1),
    );
  for (const { x, y } of near) {
    if (repeated.has(x) || repeated.has(y) || (cluster.has(x) && cluster.has(y))) continue;
    if (cluster.get(x)?.has(y.source) || cluster.get(y)?.has(x.source)) continue;
    if (cluster.has(y)) take(y, x, 'fuzzy');
    else take(x, y, 'fuzzy');
  }
  return rows.sort();
}

test('duplicates are those of the definition, in any order of rows', async () => {
  const reports = fc
    .array(
      fc.record({
        source: fc.constantFrom('A', 'B', 'C'),
        ms: fc.integer({ min: 0, max: 40 }).map((n) => n * 250),
        quantity: fc.constantFrom(1, 2, 2, 3, 9),
      }),
      { maxLength: 14 },
    )
    .map((list) => list.map((r, i): Report => ({ id: `${r.source}${10 + i}`, ...r })));
  await fc.assert(
    fc.asyncProperty(reports, async (list) => {
      const { duplicates } = await found(list);
      expect([...duplicates].sort()).toEqual(bruteForce(list));
      expect((await found([...list].reverse())).duplicates).toEqual(duplicates);
    }),
    { numRuns: process.env.PLUMBLINE_LONG ? 600 : 40 },
  );
});
