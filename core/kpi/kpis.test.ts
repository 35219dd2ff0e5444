import fc from 'fast-check';
import type { Case, CaseEvent } from '#core/domain/case.ts';
import type { Finding, RunManifest } from '#core/domain/run.ts';
import type { KpiFacts, ViolationSum } from './facts.ts';
import { KPI_IDS, median, ratio } from './kpi.ts';
import { kpisOf } from './kpis.ts';

const eur = (minor: number) => ({ minor: String(minor), asset: 'EUR/6' as const });

const CASE = {
  caseId: 'C-1',
  findingId: 'f-1',
  runId: 'r-1',
  resolution: null,
  money: {
    potential: eur(0),
    confirmed: eur(4_000_000),
    recovered: eur(6_000_000),
    unrecoverable: eur(-1_000_000),
  },
} as unknown as Case;

const event = (kind: string, at: string) => ({ caseId: 'C-1', kind, at }) as unknown as CaseEvent;
const sum = (
  controlId: string,
  symptom: string,
  records: number,
  absolute: number,
  grain = 'record',
  stage = controlId.startsWith('R') ? 'rating' : 'billing',
): ViolationSum => ({
  controlId,
  symptom,
  grain,
  stage,
  violations: records,
  records,
  absolute: BigInt(absolute),
});

function facts(
  over: Partial<KpiFacts> = {},
  conservation: Partial<RunManifest['conservation']> = {},
): KpiFacts {
  return {
    manifest: {
      runId: 'r-1',
      period: '2026-10',
      currency: 'EUR',
      conservation: {
        sessions: 110,
        buckets: { matched: 90, U06: 4, 'suspended: no-zone': 6, residual: 10 },
        expected: '200.000000',
        charged: '180.000000',
        explained: '19.000000',
        residual: '1.000000',
        records: { read: 0, first: 0, further: 0, duplicate: 0 },
        ...conservation,
      },
      controls: [
        { controlId: 'U06', outcome: 'breach' },
        { controlId: 'R01', outcome: 'pass' },
        { controlId: 'R03', outcome: 'inconclusive' },
      ],
      coverage: [{ dataset: 'usage', declared: true, missing: ['2026-10-14T13', '2026-10-14T14'], files: 3 }],
    } as unknown as RunManifest,
    findings: [
      { findingId: 'f-1', impact: eur(10_000_000), firstEvent: '2026-10-14 10:00:00' },
      { findingId: 'f-2', impact: eur(-3_000_000), firstEvent: '2026-10-15 10:00:00' },
    ] as unknown as Finding[],
    sums: [
      sum('U06', 'missing-at-rating', 5, 10_000_000),
      sum('U06', 'missing-at-billing', 10, 5_000_000),
      sum('R01', 'price-differs', 2, 4_000_000),
      sum('P01', 'active-not-billed', 1, 1_000_000, 'subscription'),
      sum('U12', 'over-age', 7, 99_000_000, 'check'),
    ],
    hop: { declared: 400, accounted: 396, quarantined: 12 },
    lags: [{ hop: 'event to billed', records: 9, p50: 5_400_000, p95: 90_000_000 }],
    sessions: 100,
    subscriptions: 40,
    accounts: { billed: 50, wrong: 4 },
    cases: [CASE],
    events: [
      event('case-opened', '2026-10-15T10:00:00Z'),
      event('decision-recorded', '2026-10-15T11:30:00Z'),
    ],
    catalogue: ['U04', 'U06', 'R01', 'R03'],
    ...over,
  };
}

const figures = (of: KpiFacts, id: string) =>
  Object.fromEntries(
    kpisOf(of)
      .find((kpi) => kpi.id === id)
      ?.figures.map(({ name, value }) => [name, value]) ?? [],
  );

test.each<[string, string, KpiFacts, Record<string, string | null>]>([
  [
    'each hop over what came out of the one before',
    'K1',
    facts(),
    { 'network to mediation': '0.990000', 'mediation to rated': '0.950000', 'rated to billed': '0.894737' },
  ],
  [
    'no trailers: not said',
    'K1',
    facts({ hop: { declared: 0, accounted: 0, quarantined: 0 }, sessions: 0 }),
    { 'network to mediation': null, 'mediation to rated': null, 'rated to billed': null },
  ],
  ['everything in a bucket', 'K2', facts(), { records: '0.000000', money: '0.005000' }],
  [
    'eleven records in no bucket',
    'K2',
    facts({}, { sessions: 121 }),
    { records: '0.090909', money: '0.005000' },
  ],
  [
    'a negative residual is one too',
    'K2',
    facts({}, { residual: '-1.000000' }),
    { records: '0.000000', money: '0.005000' },
  ],
  [
    'suspended sessions, and no suspense feed',
    'K3',
    facts(),
    { 'sessions that cannot be priced': '6', share: '0.054545', 'records over age': null },
  ],
  ['rating only', 'K4', facts(), { accuracy: '0.980000' }],
  [
    'another quantity was charged: a wrong price as well',
    'K4',
    facts({
      sums: [
        sum('R01', 'price-differs', 2, 4_000_000),
        sum('U05', 'quantity-differs', 1, 2_000_000, 'record', 'rating'),
        sum('U06', 'missing-at-rating', 5, 10_000_000),
      ],
    }),
    { accuracy: '0.970000' },
  ],
  [
    'sessions and subscriptions, but no check',
    'K5',
    facts(),
    { accuracy: '0.900000', 'accounts billed without an error': '0.920000' },
  ],
  [
    'nothing was due: not said',
    'K5',
    facts({ accounts: { billed: 0, wrong: 0 } }, { expected: '0.000000' }),
    { accuracy: null, 'accounts billed without an error': null },
  ],
  ['hours', 'K6', facts(), { 'event to billed, median': '1.50', 'event to billed, 95 % within': '25.00' }],
  ['one of forty', 'K7', facts(), { 'network and billing agree': '0.975000' }],
  [
    'a day is run: no subscription was looked at',
    'K7',
    facts({ subscriptions: 0 }),
    { 'network and billing agree': null },
  ],
  [
    'losses and what is owed back are never netted',
    'K11',
    facts(),
    {
      'under-charged: identified': '10.000000',
      'under-charged: waiting for a decision': '0.000000',
      'under-charged: confirmed, not moved yet': '4.000000',
      'under-charged: recovered': '6.000000',
      'under-charged: given up': '0.000000',
      'over-charged: identified': '-3.000000',
      'over-charged: waiting for a decision': '0.000000',
      'over-charged: confirmed, not moved yet': '0.000000',
      'over-charged: recovered': '0.000000',
      'over-charged: given up': '-1.000000',
      prevented: null,
    },
  ],
  [
    'a control that could not look covers nothing',
    'K12',
    facts(),
    { 'area R': '0.500000', 'area U': '0.500000', 'revenue under control': '200.000000' },
  ],
  [
    'nothing decided: not said',
    'K13',
    facts(),
    { 'cases that were none': null, precision: null, 'explained by timing': '0' },
  ],
  [
    'one of two was none',
    'K13',
    facts({
      cases: [
        { ...CASE, resolution: 'recovered' },
        { ...CASE, resolution: 'false-positive' },
        { ...CASE, resolution: 'no-longer-found' },
        { ...CASE, resolution: 'explained-by-timing' },
      ],
    }),
    { 'cases that were none': '0.500000', precision: '0.500000', 'explained by timing': '1' },
  ],
  [
    'from the first event to the decision',
    'K14',
    facts(),
    { 'fault to detected': '24.00', 'detected to decided': '1.50', 'decided to verified': null },
  ],
  [
    'slots, rejects, and a control that was not run',
    'K15',
    facts(),
    { 'feed slots missing': '2', 'usage records rejected': '12', 'sessions with a shifted clock': null },
  ],
])('%s (%s)', (_condition, id, of, expected) => {
  expect(figures(of, id)).toEqual(expected);
});

test('every KPI is there once, and a figure without a value says why', () => {
  const all = kpisOf(facts());
  expect(all.map(({ id }) => id)).toEqual(KPI_IDS);
  for (const { figures: some } of all)
    for (const { value, reason } of some)
      expect((value === null) === (reason !== undefined && reason !== '')).toBe(true);
});

test('a ratio is within half a millionth of the fraction', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.bigInt({ min: 1n, max: 10n ** 15n }),
      (part, whole) => {
        const micros = BigInt(String(ratio(part, whole)).replace('.', ''));
        const error = 2n * (micros * whole - part * 1_000_000n);
        expect((error < 0n ? -error : error) <= whole).toBe(true);
      },
    ),
  );
});

test.each<[number[], number | null]>([
  [[], null],
  [[3], 3],
  [[9, 1], 1],
  [[5, 1, 3], 3],
])('the middle of %j is %p', (values, middle) => {
  expect(median(values)).toBe(middle);
});
