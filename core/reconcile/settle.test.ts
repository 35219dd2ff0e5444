import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { partitionKey } from '#core/domain/run.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import {
  adjustment,
  billed,
  fee,
  rated,
  SMALL_OPERATOR,
  subscription,
  trailer,
  usage,
} from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import { TestLake, type TestLakeOptions, type TestWorld } from '#tests/support/test-lake.ts';
import type { EnginePorts } from './engine-ports.ts';
import { mergeRun } from './merge-run.ts';
import { planRun } from './plan.ts';
import { reconcilePartition } from './reconcile-partition.ts';
import { LAYOUT_COLUMNS } from './settle-layout.ts';

/** Those that look at sessions and counts of records. */
const CONTROLS = ['U04', 'U06', 'U07', 'U08', 'R01', 'R03'];

interface Run {
  readonly manifest: object;
  readonly results: readonly object[];
  readonly rows: Readonly<Record<string, readonly WarehouseRow[]>>;
  /** Sessions that were settled in sums. */
  readonly settled: number;
}

interface Options extends TestLakeOptions {
  readonly threads?: number;
  readonly memoryLimitMb?: number;
  /** With the columns that ingest adds. */
  readonly prepared?: boolean;
}

/** One day reconciled in one of the two ways: everything that it wrote. */
async function reconcile(world: TestWorld, settle: 'always' | 'never', options: Options = {}): Promise<Run> {
  const warehouse = new LocalWarehouse({
    memoryLimitMb: options.memoryLimitMb ?? 256,
    threads: options.threads ?? 1,
  });
  const lake = await TestLake.of(warehouse, { ...SMALL_OPERATOR, ...world }, options);
  const home = mkdtempSync(join(tmpdir(), 'plumbline-test-settle-'));
  const session = await warehouse.open();
  const counting = new CountingWarehouse(warehouse);
  try {
    const ports: EnginePorts = {
      warehouse: counting,
      lake,
      runs: new LocalRunStore(home),
      readSql: readSqlFile,
      settle,
    };
    const plan = await planRun({ stateMachine: 'test', period: '2026-10-14', controls: CONTROLS }, ports);
    if (options.prepared === true) {
      for (const { dataset, path } of plan.partitions.flatMap(({ files }) => files)) {
        if (!['usage', 'rated', 'billed'].includes(dataset)) continue;
        const file = join(lake.folder, path);
        await session.run(`CREATE OR REPLACE TABLE whole AS SELECT *, ${LAYOUT_COLUMNS} FROM (SELECT * FROM read_parquet('${file}'));
          COPY whole TO '${file}' (FORMAT parquet)`);
      }
    }
    const results: object[] = [];
    const rows: Record<string, WarehouseRow[]> = {};
    for (const partition of plan.partitions) {
      results.push(await reconcilePartition(partition, ports));
      if (partition.kind !== 'usage-day') continue;
      for (const file of ['violations', 'population', 'hops'] as const) {
        const path = await ports.runs.localPath(partitionKey(plan.runId, partition.partitionId, file));
        rows[`${partition.partitionId} ${file}`] = await session.query(
          `SELECT * FROM read_parquet('${path}') ORDER BY ALL`,
        );
      }
    }
    const { manifest, findings } = await mergeRun(plan.runId, '25.00', ports);
    return { manifest: { ...manifest, findings }, results, rows, settled: counting.settled };
  } finally {
    await session.close();
    lake.remove();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The warehouse itself, which looks before each session is closed how many sessions were settled in sums. */
class CountingWarehouse extends LocalWarehouse {
  settled = 0;
  readonly #inner: LocalWarehouse;

  constructor(inner: LocalWarehouse) {
    super();
    this.#inner = inner;
  }

  override async open() {
    const session = await this.#inner.open();
    const close = session.close.bind(session);
    session.close = async () => {
      const [table] = await session.query(
        "SELECT count(*) AS n FROM duckdb_tables() WHERE table_name = 'settled_session'",
      );
      if (table?.n === '1') {
        const [row] = await session.query(
          'SELECT CAST(coalesce(sum(sessions), 0) AS BIGINT) AS n FROM settled_session',
        );
        this.settled += Number(row?.n);
      }
      await close();
    };
    return session;
  }
}

/** What may be wrong with a session. Each changes the rows of a clean one. */
interface Rows {
  usage: TestRow[];
  rated: TestRow[];
  billed: TestRow[];
}
type Fault = (rows: Rows, key: string, n: number) => void;
const change = (list: TestRow[], over: TestRow) => {
  const [first] = list;
  if (first !== undefined) list[0] = { ...first, ...over };
};
const FAULTS: Readonly<Record<string, Fault>> = {
  clean: () => {},
  'not rated': (rows) => {
    rows.rated = [];
    rows.billed = [];
  },
  'not billed': (rows) => {
    rows.billed = [];
  },
  'billed, not rated': (rows) => {
    rows.rated = [];
  },
  'no usage': (rows) => {
    rows.usage = [];
  },
  'rated only': (rows) => {
    rows.usage = [];
    rows.billed = [];
  },
  'billed twice': (rows, key) => rows.billed.push({ ...rows.billed[0], bill_item_id: `${key}-copy` }),
  'posted twice': (rows) => rows.billed.push({ ...rows.billed[0] }),
  'rated twice': (rows, key) => rows.rated.push({ ...rows.rated[0], rated_id: `${key}-again` }),
  'too dear': (rows, _key, n) => change(rows.billed, { amount: `0.${11 + (n % 60)}` }),
  'a millionth too cheap': (rows) => change(rows.billed, { amount: '0.099999' }),
  'a credit': (rows) => change(rows.billed, { amount: '-0.10' }),
  'beyond a decimal of eleven digits': (rows) => change(rows.billed, { amount: '123456.10' }),
  'sent again': (rows) => rows.usage.push({ ...rows.usage[0], file_id: 'again.csv' }),
  'twice in the same file': (rows) => rows.usage.push({ ...rows.usage[0] }),
  'in two partials': (rows, key) => {
    change(rows.usage, { quantity: 30 });
    rows.usage.push({ ...rows.usage[0], record_id: `${key}-2`, partial_sequence: 2 });
  },
  'a partial of the day before': (rows, key) =>
    rows.usage.push({ ...rows.usage[0], record_id: `${key}-0`, session_start: '2026-10-13T23:59:00' }),
  'the same record in files of two days': (rows) =>
    rows.usage.push({ ...rows.usage[0], session_start: '2026-10-13T23:59:00' }),
  'a partial of the day after': (rows) => change(rows.usage, { start_time: '2026-10-15T00:10:00' }),
  'zero quantity': (rows) => change(rows.usage, { quantity: 0 }),
  'another quantity': (rows) => change(rows.usage, { quantity: 61 }),
  'quantity beyond 31 bits': (rows) => change(rows.usage, { quantity: 2_147_483_648 }),
  'number unknown': (rows) => change(rows.usage, { a_number: '43660777' }),
  'number with two lines': (rows) => change(rows.usage, { a_number: '43660003' }),
  'test line': (rows) => change(rows.usage, { a_number: '43660009' }),
  'no destination': (rows) => change(rows.usage, { b_number: null }),
  'destination unknown': (rows) => change(rows.usage, { b_number: '999' }),
  'short destination': (rows) => change(rows.usage, { b_number: '43' }),
  'another zone': (rows) => change(rows.usage, { b_number: '491234' }),
  roaming: (rows) => change(rows.usage, { visited_plmn: '26201' }),
  'empty network': (rows) => change(rows.usage, { visited_plmn: '' }),
  'unknown network': (rows) => change(rows.usage, { visited_plmn: '99999' }),
  'another service': (rows) => change(rows.usage, { service: 'sms' }),
  'data at home': (rows) => {
    change(rows.usage, { service: 'data', b_number: null, quantity: 1025 });
    change(rows.billed, { amount: '0.04' });
  },
  'billed in dollars': (rows) => change(rows.billed, { currency: 'USD' }),
  'rated in dollars': (rows) => change(rows.rated, { currency: 'USD' }),
  'fallback rate': (rows) => change(rows.rated, { rate_path: 'default', amount: '0.30' }),
  'rated by another version': (rows) => change(rows.rated, { tariff_version: 0 }),
  'rated by another engine': (rows) => change(rows.rated, { source: 'ocs-2' }),
  credited: (rows, key) =>
    rows.billed.push(adjustment('-0.05', { correlation_id: key, event_time: '2026-10-14T10:00:00' })),
  'no session': (rows) => change(rows.billed, { correlation_id: null }),
  'a fee with the key of a session': (rows, key) =>
    rows.billed.push(
      fee({ correlation_id: key, event_time: '2026-10-14T10:00:00', bill_item_id: `fee-${key}` }),
    ),
  'named like an item without session': (rows, key) => {
    for (const list of [rows.usage, rows.rated, rows.billed])
      change(list, { correlation_id: `item:${key}-x` });
    rows.billed.push(billed({ correlation_id: null, bill_item_id: `${key}-x` }));
  },
};

interface Spec {
  readonly fault: string;
  readonly n: number;
  readonly hour: number;
  readonly east: boolean;
  readonly second: boolean;
}

const spec: fc.Arbitrary<Spec> = fc.record({
  fault: fc.oneof(
    { weight: 2, arbitrary: fc.constant('clean') },
    { weight: 5, arbitrary: fc.constantFrom(...Object.keys(FAULTS)) },
  ),
  n: fc.nat(1000),
  hour: fc.nat(23),
  east: fc.boolean(),
  second: fc.boolean(),
});

function worldOf(specs: readonly Spec[]): TestWorld {
  const all: Rows = { usage: [], rated: [], billed: [] };
  for (const [i, { fault, n, hour, east, second }] of specs.entries()) {
    const key = `c${i}`;
    const start = `2026-10-14T${String(hour).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:00`;
    const amount = second ? '0.05' : '0.10';
    const rows: Rows = {
      usage: [
        usage({
          correlation_id: key,
          session_start: start,
          source: east ? 'msc-east' : 'msc-west',
          a_number: second ? '43660002' : '43660001',
        }),
      ],
      rated: [rated({ correlation_id: key, start_time: start, amount })],
      billed: [billed({ correlation_id: key, event_time: start, amount })],
    };
    FAULTS[fault]?.(rows, key, n);
    for (const side of ['usage', 'rated', 'billed'] as const) all[side].push(...rows[side]);
  }
  return {
    usage: placed(all.usage),
    rated: placed(all.rated),
    billed: placed(all.billed),
    file_trailer: [trailer(9), trailer(3, { source: 'msc-west' })],
    subscription: [
      ...(SMALL_OPERATOR.subscription ?? []),
      subscription('S3', '43660003', 'O1'),
      subscription('S4', '43660003', 'O2', { valid_from: '2021-01-01' }),
      subscription('S5', '43660001', 'O2', { valid_to: '2026-10-14' }),
    ],
  };
}

/** The rows in another order, each still with its own place. */
const shuffled = (world: TestWorld): TestWorld =>
  Object.fromEntries(Object.entries(world).map(([name, rows]) => [name, rows.toReversed()]));

const placed = (rows: readonly TestRow[]): TestRow[] => rows.map((row, i) => ({ byte_offset: i, ...row }));

/** A price list that changes in the middle of the day and a tariff of an hour that is cut within a quarter. */
const CHANGING: TestWorld = {
  tariff: (SMALL_OPERATOR.tariff ?? []).map((row) =>
    row.version === 1 && row.tariff_id === 'T1'
      ? { ...row, valid_to: '2026-10-14T12:05:00' }
      : row.version === 2
        ? { ...row, valid_from: '2026-10-14T12:05:00' }
        : row,
  ),
};

const gist = ({ settled: _, ...rest }: Run) => rest;

describe('settling in sums gives what judging every session gives, byte for byte', () => {
  test.each(Object.keys(FAULTS))('%s', async (fault) => {
    const specs = [0, 1, 2].map((n) => ({
      fault: n === 0 ? 'clean' : fault,
      n,
      hour: 10,
      east: true,
      second: false,
    }));
    const world = worldOf(specs);
    const each = await reconcile(world, 'never');
    const sums = await reconcile(world, 'always', { prepared: true });
    expect(gist(sums)).toEqual(gist(each));
    expect([each.settled, sums.settled > 0]).toEqual([0, true]);
  });

  test('random operators: any threads, buckets, order and layout', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(spec, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(1, 4, 16),
        fc.constantFrom(1, 2),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        async (specs, buckets, threads, prepared, mixed, changing) => {
          const world = { ...worldOf(specs), ...(changing ? CHANGING : {}) };
          const each = await reconcile(world, 'never', { buckets });
          const sums = await reconcile(mixed ? shuffled(world) : world, 'always', {
            buckets,
            threads,
            prepared,
          });
          if (mixed) {
            const { digest, conservation } = each.manifest as { digest: string; conservation: object };
            expect(sums.manifest).toMatchObject({ conservation });
            expect((sums.manifest as { digest: string }).digest).toBe(digest);
          } else expect(gist(sums)).toEqual(gist(each));
        },
      ),
      { numRuns: process.env.PLUMBLINE_LONG === undefined ? 4 : 300, seed: 5 },
    );
  }, 1_800_000);

  test('price list rows that need a charge plan are left to it', async () => {
    const specs = [0, 1, 2].map((n) => ({ fault: 'clean', n, hour: 10, east: true, second: n === 0 }));
    const tariff = (SMALL_OPERATOR.tariff ?? []).map((row) =>
      row.tariff_id === 'T1' && row.zone === 'national' ? { ...row, max_charge: '0.03' } : row,
    );
    const world = { ...worldOf(specs), tariff };
    const sums = await reconcile(world, 'always');
    expect(gist(sums)).toEqual(gist(await reconcile(world, 'never')));
    expect(sums.settled).toBe(1);
  });

  test('a missing slot leaves every session to be judged by itself', async () => {
    const world = worldOf([{ fault: 'clean', n: 1, hour: 3, east: true, second: false }]);
    const missing = { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } };
    const sums = await reconcile(world, 'always', missing);
    expect(gist(sums)).toEqual(gist(await reconcile(world, 'never', missing)));
    expect(sums.settled).toBe(0);
  });
});
