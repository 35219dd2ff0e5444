import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '#core/domain/run.ts';
import { FAMILIES, type Family, type FaultRecord } from './fault.ts';
import { generateSample, type SampleSummary } from './generate.ts';
import { micros } from './market.ts';
import { type ScoreReport, score, scoreOf } from './score.ts';
import type { ClaimRow, LabelRow } from './score-rows.ts';
import { literal, openDatabase } from './tables.ts';

const signed = (text: string) => (text.startsWith('-') ? -micros(text.slice(1)) : micros(text));

const label = (faultId: string, family: Family, key: string, amount: string): LabelRow => ({
  faultId,
  family,
  grain: family === 'mediation-drop' ? 'hop' : family.includes('active') ? 'subscription' : 'record',
  key,
  amount: signed(amount),
});
const claim = (control: string, key: string, impact: string, symptom = 'x'): ClaimRow => ({
  control,
  symptom,
  grain: control === 'U04' ? 'hop' : control.startsWith('P') ? 'subscription' : 'record',
  key,
  impact: signed(impact),
});
const fault = (faultId: string, family: Family): FaultRecord => ({
  faultId,
  family,
  control: FAMILIES[family].control,
  direction: FAMILIES[family].directions[0],
  segment: { service: 'voice' },
  onset: '2026-10-02T00:00:00.000Z',
  end: '2026-10-03T00:00:00.000Z',
  changeId: null,
  intermittent: false,
  compoundWith: null,
  records: 1,
  amount: '0',
  rootCause: '',
  remedies: [],
});

const LABELS = [
  label('F01', 'billing-drop', 'a', '6.00'),
  label('F01', 'billing-drop', 'b', '2.00'),
  label('F02', 'duplicate-billing', 'c', '-2.00'),
];
const FAULTS = [fault('F01', 'billing-drop'), fault('F02', 'duplicate-billing')];
const PERFECT = [claim('U06', 'a', '6.00'), claim('U06', 'b', '2.00'), claim('U08', 'c', '-2.00')];

const numbers = (r: ScoreReport) => [
  r.money.recall,
  r.money.precision,
  r.records.recall,
  r.records.precision,
];

test.each<[string, ClaimRow[], number[], string[], number]>([
  ['perfect', PERFECT, [1, 1, 1, 1], [], 0],
  ['nothing reported', [], [0, 1, 0, 1], ['F01', 'F02'], 0],
  ['one fault missed', PERFECT.slice(0, 2), [0.8, 1, 0.666666, 1], ['F02'], 0],
  [
    'half of the money is enough to find a fault',
    [claim('U06', 'a', '4.00'), ...PERFECT.slice(2)],
    [0.6, 1, 0.666666, 1],
    [],
    0,
  ],
  [
    'less than half is not',
    [claim('U06', 'a', '3.99'), ...PERFECT.slice(2)],
    [0.599, 1, 0.666666, 1],
    ['F01'],
    0,
  ],
  [
    'claimed too high: the excess is wrong',
    [claim('U06', 'a', '16.00'), ...PERFECT.slice(1)],
    [1, 0.5, 1, 1],
    [],
    0,
  ],
  [
    'the wrong sign is false',
    [...PERFECT.slice(0, 2), claim('U08', 'c', '2.00')],
    [0.8, 0.8, 0.666666, 0.666666],
    ['F02'],
    1,
  ],
  ['a key without a label is false', [...PERFECT, claim('R01', 'z', '10.00')], [1, 0.5, 1, 0.75], [], 1],
  ['a key of another grain is false', [...PERFECT, claim('P01', 'a', '10.00')], [1, 0.5, 1, 0.75], [], 1],
  [
    'claimed twice: the second is wrong money',
    [...PERFECT, claim('U06', 'a', '10.00')],
    [1, 0.5, 1, 1],
    [],
    0,
  ],
  [
    'another control with the right sign and money',
    [claim('R03', 'a', '6.00'), ...PERFECT.slice(1)],
    [1, 1, 1, 1],
    [],
    0,
  ],
  [
    'two controls share the money of one label',
    [claim('R03', 'a', '1.00'), claim('U06', 'a', '5.00'), ...PERFECT.slice(1)],
    [1, 1, 1, 1],
    [],
    0,
  ],
])('%s', (_, claims, expected, missed, wrong) => {
  const report = scoreOf({ labels: LABELS, claims, benign: new Map() }, FAULTS);
  expect(numbers(report)).toEqual(expected);
  expect(report.misses.map((m) => m.faultId)).toEqual(missed);
  expect(report.families.reduce((n, f) => n + f.false, 0)).toBe(wrong);
});

test('two causes on one key meet their own controls, whatever the sign', () => {
  const labels = [label('F01', 'wrong-rate', 'a', '3.00'), label('F02', 'duplicate-billing', 'a', '-7.00')];
  const faults = [fault('F01', 'wrong-rate'), fault('F02', 'duplicate-billing')];
  const claims = [claim('U08', 'a', '-7.00'), claim('R01', 'a', '3.00')];
  const report = scoreOf({ labels, claims, benign: new Map() }, faults);
  expect([numbers(report), report.misses]).toEqual([[1, 1, 1, 1], []]);
});

test('two causes that one control sees as a sum share its money', () => {
  const labels = [label('F01', 'quantity-truncation', 'a', '3.00'), label('F02', 'wrong-rate', 'a', '1.00')];
  const faults = [fault('F01', 'quantity-truncation'), fault('F02', 'wrong-rate')];
  const report = scoreOf({ labels, claims: [claim('R01', 'a', '4.00')], benign: new Map() }, faults);
  expect([numbers(report), report.misses]).toEqual([[1, 1, 1, 1], []]);
});

test('counts at a hop are estimates: they are compared as a whole, not hour by hour', () => {
  const labels = [label('F01', 'mediation-drop', 'h1', '1.00'), label('F01', 'mediation-drop', 'h2', '3.00')];
  const faults = [fault('F01', 'mediation-drop')];
  const near = scoreOf(
    { labels, claims: [claim('U04', 'h1', '2.00'), claim('U04', 'h2', '2.00')], benign: new Map() },
    faults,
  );
  expect(numbers(near)).toEqual([1, 1, 1, 1]);
  const high = scoreOf(
    { labels, claims: [claim('U04', 'h1', '4.00'), claim('U04', 'h2', '4.00')], benign: new Map() },
    faults,
  );
  expect(numbers(high)).toEqual([1, 0.5, 1, 1]);
});

test('false violations are counted under the family of their control and symptom', () => {
  const claims = [
    claim('U04', 'k1', '1'),
    claim('U06', 'k2', '1', 'missing-at-rating'),
    claim('U06', 'k3', '1', 'missing-at-billing'),
    claim('R02', 'k4', '1', 'wrong-version'),
    claim('U05', 'k5', '1', 'quantity-differs'),
    claim('R01', 'k6', '1', 'price-differs'),
    claim('R03', 'k7', '1', 'default-rate'),
    claim('P02', 'k8', '-1'),
  ];
  const report = scoreOf({ labels: [], claims, benign: new Map() }, []);
  expect(report.families.filter((f) => f.false === 1).map((f) => f.family)).toEqual([
    'mediation-drop',
    'rating-drop',
    'billing-drop',
    'wrong-rate',
    'wrong-tariff-version',
    'quantity-truncation',
    'default-rate',
    'billed-not-active',
  ]);
});

test('an innocent key that is reported is named with its look-alike', () => {
  const benign = new Map([['record z', [{ lookalikeId: 'B03', kind: 'tariff-change' }]]]);
  const report = scoreOf({ labels: LABELS, claims: [...PERFECT, claim('R01', 'z', '1.00')], benign }, FAULTS);
  expect(report.lookalikesReported).toEqual([
    { lookalikeId: 'B03', kind: 'tariff-change', violations: 1, keys: ['z'] },
  ]);
});

test.each([
  ['none of its keys', [], 'none of its 2 keys is in a violation'],
  ['the wrong sign', [claim('U06', 'a', '-6.00')], 'violations on 1 of its 2 keys, none with the right sign'],
  ['too little', [claim('U06', 'b', '2.00')], 'violations on 1 of its 2 keys hold 2.000000 of 8.000000'],
])('a miss says why: %s', (_, claims, reason) => {
  const report = scoreOf({ labels: LABELS, claims, benign: new Map() }, FAULTS);
  expect(report.misses.find((m) => m.faultId === 'F01')?.reason).toBe(reason);
});

test('findings agree with a fault in control, direction and segment', () => {
  const finding = (findingId: string, over: Partial<Finding>) =>
    ({
      findingId,
      controlId: 'U06',
      direction: 'under-charged',
      segment: { service: 'voice' },
      ...over,
    }) as Finding;
  const findings = [
    finding('f-1', {}),
    finding('f-2', { direction: 'over-charged' }),
    finding('f-3', { segment: { service: 'sms' } }),
    finding('f-4', { segment: { rating_source: 'ocs-1' } }),
  ];
  const report = scoreOf({ labels: LABELS, claims: PERFECT, benign: new Map() }, FAULTS, findings);
  expect(report.findings).toEqual({ total: 4, matched: 2, unmatched: ['f-2', 'f-3'] });
});

describe('from files', () => {
  let home: string;
  let sample: SampleSummary;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'sample-score-'));
    sample = await generateSample({ out: join(home, 's'), seed: 5, subscribers: 300, days: 9 });
  });
  afterAll(() => rmSync(home, { recursive: true }));

  /** Violations as a run without mistakes would write them, from the labels, with a condition on them. */
  async function violations(name: string, where: string): Promise<string> {
    const file = join(home, name);
    const { connection, close } = await openDatabase();
    const control = Object.entries(FAMILIES).map(([family, f]) => `WHEN '${family}' THEN '${f.control}'`);
    await connection.run(`COPY (SELECT CASE family ${control.join(' ')} END AS control_id, 'x' AS symptom, grain, key,
        true_amount AS impact
      FROM read_parquet(${literal(join(sample.truthDir, 'labels.parquet'))}) WHERE ${where}) TO ${literal(file)} (FORMAT parquet)`);
    close();
    return file;
  }

  test('a run without mistakes scores 1 and misses nothing', async () => {
    const report = await score({
      truthDir: sample.truthDir,
      violationsParquet: await violations('all', 'true'),
    });
    expect(numbers(report)).toEqual([1, 1, 1, 1]);
    expect([report.misses, report.lookalikesReported, report.findings]).toEqual([[], [], null]);
    expect(report.money.injected).toBe(report.money.right);
  });

  test('a run that saw nothing misses every fault', async () => {
    const faults = JSON.parse(readFileSync(join(sample.truthDir, 'faults.json'), 'utf8')) as FaultRecord[];
    const findingsJson = join(home, 'findings.json');
    writeFileSync(findingsJson, '[]');
    const violationsParquet = await violations('none', 'false');
    const report = await score({ truthDir: sample.truthDir, violationsParquet, findingsJson });
    expect(report.misses.map((m) => m.faultId)).toEqual(faults.map((f) => f.faultId));
    expect(report.findings).toEqual({ total: 0, matched: 0, unmatched: [] });
  });

  test('a file that is missing is named', async () => {
    const options = { truthDir: sample.truthDir, violationsParquet: join(home, 'nowhere.parquet') };
    await expect(score(options)).rejects.toMatchObject({
      name: 'FileNotReadable',
      facts: { where: options.violationsParquet },
    });
  });
});
