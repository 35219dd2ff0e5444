import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { type Day, parseDay } from '#core/domain/period.ts';
import { partitionKey, runKey } from '#core/domain/run.ts';
import { type Audit, type AuditOptions, audit, readSqlWith } from '#tests/support/audit.ts';
import { FATES, mirrored, rowsOf, type Spec } from '#tests/support/sessions.ts';
import { adjustment, billed, fee, rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { mergeRun, readPlan } from './merge-run.ts';
import { planRun } from './plan.ts';
import { reconcileKeys } from './reconcile-keys.ts';
import { runProblems } from './verify-run.ts';

const DAY = parseDay('2026-10-14');

/** A hundred minutes a month with offer O1. */
const ALLOWANCE: TestRow = {
  allowance_id: 'W1',
  offer_id: 'O1',
  service: 'voice',
  quantity: 6000,
  rollover_months: 0,
  shared: false,
  priority: 1,
  valid_from: '2020-01-01',
};

const open: Audit[] = [];
async function run(rows: TestWorld, options: AuditOptions = {}): Promise<Audit> {
  const found = await audit(rows, options);
  open.push(found);
  return found;
}
afterEach(() => {
  for (const found of open.splice(0)) found.remove();
});

const spec = fc.record({
  fate: fc.constantFrom(...FATES, 'clean' as const, 'clean' as const),
  minutes: fc.integer({ min: 1, max: 90 }),
  error: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -9, max: -1 })),
  at: fc.integer({ min: 0, max: 1439 }),
});
const specs = fc.array(spec, { minLength: 1, maxLength: 25 });

/** Violations without what names the run, in order. */
const gist = (found: Audit): string[] =>
  found.violations.map((v) => `${v.control_id} ${v.key} ${v.symptom} ${v.impact}`);

describe('every session ends in exactly one bucket', () => {
  test.each<[string, TestWorld, Record<string, number>, string]>([
    ['matched', { usage: [usage()], rated: [rated()], billed: [billed()] }, { matched: 1 }, '0.000000'],
    ['nothing due', { usage: [usage({ quantity: 0 })] }, { 'nothing-due': 1 }, '0.000000'],
    ['free by purpose', { usage: [usage({ a_number: '43660009' })] }, { 'free-by-purpose': 1 }, '0.000000'],
    ['rated only', { rated: [rated()] }, { 'rated-only': 1 }, '0.000000'],
    [
      'within tolerance, shown as residual',
      { usage: [usage()], rated: [rated()], billed: [billed({ amount: '0.0995' })] },
      { residual: 1 },
      '0.000500',
    ],
    [
      'number unknown',
      { usage: [usage({ a_number: '43660777' })] },
      { 'suspended: no-subscription': 1 },
      '0.000000',
    ],
    ['destination unknown', { usage: [usage({ b_number: '999' })] }, { 'suspended: no-zone': 1 }, '0.000000'],
    [
      'tariff unknown: suspended, not priced at zero',
      { usage: [usage()], billed: [billed()], tariff: [] },
      { 'suspended: no-tariff': 1 },
      '0.000000',
    ],
    [
      'covered by an allowance, and free: judged with its account period',
      {
        usage: [usage()],
        rated: [rated({ amount: '0' })],
        billed: [billed({ amount: '0' })],
        allowance: [ALLOWANCE],
      },
      { 'suspended: under-allowance': 1 },
      '0.000000',
    ],
    [
      'an allowance of another service covers nothing',
      {
        usage: [usage()],
        rated: [rated()],
        billed: [billed()],
        allowance: [{ ...ALLOWANCE, service: 'sms' }],
      },
      { matched: 1 },
      '0.000000',
    ],
    [
      'an allowance that has ended covers nothing',
      {
        usage: [usage()],
        rated: [rated()],
        billed: [billed()],
        allowance: [{ ...ALLOWANCE, valid_to: '2026-10-14T10:00:00' }],
      },
      { matched: 1 },
      '0.000000',
    ],
    [
      'another currency',
      { usage: [usage()], rated: [rated()], billed: [billed({ currency: 'USD' })] },
      { 'suspended: currency-mismatch': 1 },
      '0.000000',
    ],
    [
      'two controls share the gap: counted with the first',
      {
        usage: [usage()],
        rated: [rated({ amount: '0.30' })],
        billed: [billed({ amount: '0.30' }), billed({ bill_item_id: 'b2', amount: '0.30' })],
      },
      { U08: 1 },
      '0.000000',
    ],
  ])('%s', async (_condition, rows, buckets, residual) => {
    const { conservation } = await run(rows);
    expect(conservation.buckets).toEqual(buckets);
    expect(conservation.residual).toBe(residual);
  });

  test('a missing slot makes sessions not evaluable, with no money', async () => {
    const found = await run({ usage: [usage()] }, { missing: { usage: { [DAY]: [`${DAY}T13`] } } });
    expect(found.conservation).toMatchObject({
      buckets: { 'not-evaluable': 1 },
      expected: '0.000000',
      charged: '0.000000',
    });
    expect(found.violations).toEqual([]);
    expect(found.manifest.controls.find((c) => c.controlId === 'U06')).toMatchObject({
      outcome: 'inconclusive',
      reasons: ['2026-10-14: usage lacks 2026-10-14T13'],
      underCharged: '0.000000',
    });
  });

  test('usage records are read = first + further + duplicate', async () => {
    const found = await run(
      rowsOf([
        { fate: 'partials', minutes: 2, error: 1, at: 1 },
        { fate: 'sent-again', minutes: 2, error: 1, at: 2 },
      ]),
    );
    expect(found.conservation.records).toEqual({ read: 4, first: 2, further: 1, duplicate: 1 });
  });

  test('holds over generated days: expected - charged = explained + residual', async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (list) => {
        // Conservation is asserted by the engine itself when writing, reading back and merging.
        const found = await audit(rowsOf(list));
        found.remove();
        const { sessions, buckets } = found.conservation;
        expect(sessions).toBe(list.length);
        expect(Object.values(buckets).reduce((a, b) => a + b, 0)).toBe(sessions);
        expect(found.members.map((m) => m.violation_id).sort()).toEqual(
          found.violations.map((v) => v.violation_id).sort(),
        );
      }),
      { numRuns: 12, seed: 7 },
    );
  }, 120_000);
});

describe('the digest depends on the input alone', () => {
  const day: Spec[] = Array.from({ length: 120 }, (_, i) => ({
    fate: FATES[i % FATES.length] ?? 'clean',
    minutes: 1 + (i % 7),
    error: 3 - (i % 2) * 7,
    at: (i * 37) % 1440,
  }));
  const rows = { ...rowsOf(day), file_trailer: [trailer(9), trailer(3, { source: 'msc-west' })] };
  let reference: Audit;
  beforeAll(async () => {
    reference = await audit(rows);
  });
  afterAll(() => reference.remove());

  test.each([
    [1, 2, false],
    [1, 1, true],
    [4, 1, false],
    [4, 2, true],
    [16, 2, false],
    [16, 1, true],
  ])('%i buckets, %i threads, shuffled: %s', async (buckets, threads, shuffled) => {
    const mix = <T>(list: readonly T[]): T[] =>
      shuffled ? list.map((_, i) => list[(i * 7919 + 13) % list.length] as T) : [...list];
    expect(new Set(mix(rows.usage)).size).toBe(rows.usage.length);
    const world = {
      usage: mix(rows.usage),
      rated: mix(rows.rated),
      billed: mix(rows.billed),
      file_trailer: mix(rows.file_trailer),
    };
    const found = await run(world, { buckets, threads });
    expect(found.manifest.digest).toBe(reference.manifest.digest);
    expect(found.findings.map(({ runId: _, ...rest }) => rest)).toEqual(
      reference.findings.map(({ runId: _, ...rest }) => rest),
    );
  });

  test('one cent more changes it', async () => {
    const billedRows = rows.billed.map((row, i) => (i === 0 ? { ...row, amount: '7.77' } : row));
    const found = await run({ ...rows, billed: billedRows });
    expect(found.manifest.digest).not.toBe(reference.manifest.digest);
  });

  test('running again is the same run with the same digest; other input is another run', async () => {
    const { ports, manifest } = reference;
    const controls = Object.keys(manifest.ruleVersions);
    const again = await planRun({ stateMachine: 'test', period: DAY, controls }, ports);
    expect(again.runId).toBe(manifest.runId);
    expect((await mergeRun(again.runId, '25.00', ports)).manifest).toEqual(manifest);
    const other = await run({ ...rows, usage: rows.usage.slice(1) });
    expect(other.manifest.runId).not.toBe(manifest.runId);
  });
});

describe('properties', () => {
  test('mirrored input flips every sign', async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (list) => {
        const plain = list.filter(({ fate }) => fate !== 'duplicate');
        const there = await audit(rowsOf(plain));
        const back = await audit(rowsOf(mirrored(plain)));
        there.remove();
        back.remove();
        const byKey = (found: Audit, sign: 1n | -1n) =>
          found.violations
            .filter((v) => v.grain === 'record')
            .map((v) => `${v.key} ${sign * BigInt(String(v.impact).replace('.', ''))}`)
            .sort();
        expect(byKey(back, -1n)).toEqual(byKey(there, 1n));
      }),
      { numRuns: 8, seed: 11 },
    );
  }, 120_000);

  test('adding a clean call changes no violation', async () => {
    await fc.assert(
      fc.asyncProperty(specs, spec, async (list, one) => {
        const before = await audit(rowsOf(list));
        const after = await audit(rowsOf([...list, { ...one, fate: 'clean' }]));
        before.remove();
        after.remove();
        expect(gist(after)).toEqual(gist(before));
      }),
      { numRuns: 8, seed: 13 },
    );
  }, 120_000);
});

describe('when something is wrong', () => {
  const rows = {
    usage: [usage(), usage({ correlation_id: 'c2' })],
    rated: [rated()],
    billed: [billed({ amount: '0.90' })],
  };

  test('a control that fails is an error of its own, and the rest goes on', async () => {
    const found = await run(rows, {
      readSql: readSqlWith('r01-full-re-rate/match.sql', 'SELECT nonsense FROM nowhere'),
    });
    const outcomes = Object.fromEntries(found.manifest.controls.map((c) => [c.controlId, c.outcome]));
    expect(outcomes).toMatchObject({
      R01: 'error',
      U06: 'breach',
      U07: 'pass',
    });
    expect(found.conservation).toMatchObject({
      buckets: { 'not-assessed': 1, U06: 1 },
      residual: '-0.800000',
    });
  });

  test.each([
    [
      'a key twice',
      "SELECT 'c1' AS key, 'price-differs' AS symptom, 0.1 AS impact UNION ALL SELECT 'c1', 'price-differs', 0.2",
      /yields a key twice/,
    ],
    [
      'a symptom that is not declared',
      "SELECT 'c1' AS key, 'odd' AS symptom, open_gap AS impact FROM open_session WHERE correlation_id = 'c1'",
      /symptoms not declared: odd/,
    ],
  ])('a match.sql that yields %s is refused', async (_what, sql, reason) => {
    const found = await run(rows, { readSql: readSqlWith('r01-full-re-rate/match.sql', sql) });
    const control = found.manifest.controls.find((c) => c.controlId === 'R01');
    expect([control?.outcome, control?.violations, control?.reasons.join()]).toEqual([
      'error',
      0,
      expect.stringMatching(reason),
    ]);
  });

  test('what was tampered with after writing is noticed', async () => {
    const found = await run(rows);
    const { runId } = found.manifest;
    const { ports } = found;
    expect(await runProblems(runId, ports)).toEqual([]);
    const [partition] = await readPlan(runId, ports);
    const key = partitionKey(runId, partition?.partitionId ?? '', 'result');
    const result = JSON.parse(await ports.runs.readText(key));
    await ports.runs.write(
      key,
      JSON.stringify({ ...result, conservation: { ...result.conservation, charged: '0.910000' } }),
    );
    await expect(mergeRun(runId, '25.00', ports)).rejects.toMatchObject({ name: 'ConservationBroken' });
    expect(await runProblems(runId, ports)).not.toEqual([]);
  });

  test('a manifest whose digest was changed is noticed', async () => {
    const { manifest, ports } = await run(rows);
    await ports.runs.write(
      runKey(manifest.runId, 'manifest'),
      JSON.stringify({ ...manifest, digest: 'f'.repeat(64) }),
    );
    expect(await runProblems(manifest.runId, ports)).toEqual([expect.stringContaining('digest')]);
  });

  test('a control that looks at months says so in the run of a day', async () => {
    const { manifest } = await run(rows);
    const control = manifest.controls.find((c) => c.controlId === 'P01');
    expect([control?.outcome, control?.reasons]).toEqual(['inconclusive', ['looks at whole months only']]);
  });

  test('merging before every partition is done names what is missing', async () => {
    const { ports } = await run(rows);
    const { runId } = await planRun({ stateMachine: 'other', period: DAY }, ports);
    await expect(mergeRun(runId, '25.00', ports)).rejects.toMatchObject({ name: 'RunNotFound' });
  });
});

describe('measuring keys again', () => {
  const rows = {
    usage: [usage(), usage({ correlation_id: 'c2' }), usage({ correlation_id: 'c3' })],
    rated: [rated(), rated({ correlation_id: 'c3' })],
    billed: [billed({ amount: '0.90' }), billed({ correlation_id: 'c3' })],
    file_trailer: [trailer(5)],
  };
  const keys = (...names: string[]) => names.map((key) => ({ key, dt: DAY }));

  test.each<[string, TestWorld, Record<string, string>]>([
    ['nothing was done', {}, { c1: '-0.800000', c2: '0.100000', c3: '0.000000' }],
    [
      'one was credited',
      { billed: [...rows.billed, adjustment('-0.80')] },
      { c1: '0.000000', c2: '0.100000', c3: '0.000000' },
    ],
    [
      'one was charged',
      { billed: [...rows.billed, adjustment('0.10', { correlation_id: 'c2' })] },
      { c1: '-0.800000', c2: '0.000000', c3: '0.000000' },
    ],
    [
      'a wrong adjustment opens a gap',
      { billed: [...rows.billed, adjustment('0.10', { correlation_id: 'c3' })] },
      { c1: '-0.800000', c2: '0.100000', c3: '-0.100000' },
    ],
  ])('sessions: %s', async (_condition, more, gaps) => {
    const { ports } = await run({ ...rows, ...more }, { buckets: 3 });
    const found = await reconcileKeys({ period: DAY, grain: 'record', keys: keys('c1', 'c2', 'c3') }, ports);
    expect(Object.fromEntries(found)).toEqual(gaps);
  });

  test.each([
    ['quotes', `c'1' OR ''='`],
    ['double quotes and backslashes', String.raw`c"1"\n\'`],
    ['line breaks', 'c\r\n1'],
    ['a NUL', 'c\u00001'],
    ['more than ASCII', 'c-\u00e9-\u{1f600}-\u4e2d'],
    ['placeholders and comments', 'c$some--1;/*?*/'],
  ])('a key with %s', async (_what, key) => {
    const { ports, violations } = await run({ usage: [usage({ correlation_id: 'c2' })], billed: [] });
    expect(violations).toHaveLength(1);
    const found = await reconcileKeys({ period: DAY, grain: 'record', keys: keys('c2', key) }, ports);
    expect(Object.fromEntries(found)).toEqual({ c2: '0.100000', [key]: '0.000000' });
  });

  test('a day that has become incomplete is not measured', async () => {
    const { ports } = await run(rows, { missing: { usage: { [DAY]: [`${DAY}T13`] } } });
    expect(await reconcileKeys({ period: DAY, grain: 'record', keys: keys('c1') }, ports)).toEqual(new Map());
  });

  test('a count at a hop', async () => {
    const { ports, violations } = await run(rows);
    const hop = violations.find((v) => v.grain === 'hop');
    const found = await reconcileKeys({ period: DAY, grain: 'hop', keys: keys(String(hop?.key)) }, ports);
    expect([...found.values()]).toEqual([hop?.impact]);
  });

  test('a subscription of a month', async () => {
    const { ports } = await run({
      billed: [
        fee(),
        adjustment('60', { correlation_id: null, subscription_id: 'S2', event_time: '2026-10-05' }),
      ],
    });
    const first = parseDay('2026-10-01') as Day;
    const found = await reconcileKeys(
      {
        period: '2026-10',
        grain: 'subscription',
        keys: [
          { key: 'S2', dt: first },
          { key: 'S1', dt: first },
        ],
      },
      ports,
    );
    expect(Object.fromEntries(found)).toEqual({ S1: '0.000000', S2: '2.000000' });
  });
});

test('every file of SQL that the engine names can be read', async () => {
  expect(await readSqlFile(new URL('./sql/session.sql', import.meta.url))).toContain('Grain');
});
