import {
  checkTiers,
  linesOf,
  netOf,
  type Position,
  type Price,
  type Tier,
  withCommitment,
  withPercentage,
} from './price.ts';
import { MICROS, plain } from './rounding.ts';

const cents = { method: 'half_up', decimals: 2 } as const;
const tier = (upTo: number | null, flat: number | null, unit: number | null): Tier => ({
  upTo: upTo === null ? null : BigInt(upTo),
  flatMicros: flat === null ? null : BigInt(flat) * MICROS,
  unitMicros: unit === null ? null : BigInt(unit) * MICROS,
});
// Ten units are in the first tier and twenty in the second; beyond that four a unit.
const tiers = [tier(10, 20, 3), tier(20, 7, 2), tier(null, null, 4)];
const graduated: Price = { kind: 'graduated', tiers };
const volume: Price = { kind: 'volume', tiers };
const pack: Price = { kind: 'package', size: 6n, packageMicros: 11n * MICROS };
const none = { minimumMicros: null, maximumMicros: null };

type Row = readonly [
  condition: string,
  price: Price,
  part: readonly [quantity: bigint, before: bigint, position: Position],
  expected: readonly string[],
];

// Expected: kind, tier, quantity x price, of each line.
test.each<Row>([
  [
    'graduated: nothing used owes the first flat fee',
    graduated,
    [0n, 0n, 'only'],
    ['usage 1 0 x 3', 'flat-fee 1 1 x 20'],
  ],
  [
    'graduated: the upper bound belongs to the tier',
    graduated,
    [10n, 0n, 'only'],
    ['usage 1 10 x 3', 'flat-fee 1 1 x 20'],
  ],
  [
    'graduated: one unit more enters the next tier and owes its flat fee',
    graduated,
    [11n, 0n, 'only'],
    ['usage 1 10 x 3', 'flat-fee 1 1 x 20', 'usage 2 1 x 2', 'flat-fee 2 1 x 7'],
  ],
  [
    'graduated: later invoices go on where the last ended',
    graduated,
    [12n, 15n, 'middle'],
    ['usage 2 5 x 2', 'usage 3 7 x 4'],
  ],
  [
    'graduated: a tier that begins with this invoice owes its fee',
    graduated,
    [1n, 10n, 'last'],
    ['usage 2 1 x 2', 'flat-fee 2 1 x 7'],
  ],
  ['graduated: no fee of the first tier on a later invoice', graduated, [2n, 0n, 'last'], ['usage 1 2 x 3']],
  ['graduated: an invoice without usage after one with', graduated, [0n, 4n, 'last'], []],
  [
    'volume: all units at the price of the tier',
    volume,
    [11n, 0n, 'only'],
    ['flat-fee 2 1 x 7', 'usage 2 11 x 2'],
  ],
  [
    'volume: the upper bound belongs to the tier',
    volume,
    [20n, 0n, 'last'],
    ['flat-fee 2 1 x 7', 'usage 2 20 x 2'],
  ],
  ['volume: one more re-prices all of them', volume, [21n, 0n, 'last'], ['usage 3 21 x 4']],
  ['volume: nothing used owes the flat fee', volume, [0n, 0n, 'only'], ['flat-fee 1 1 x 20']],
  ['volume: nothing before the period is over', volume, [21n, 0n, 'middle'], []],
  ['package: a part counts as a whole one', pack, [7n, 0n, 'only'], ['usage - 2 x 11']],
  ['package: exactly full', pack, [6n, 0n, 'only'], ['usage - 1 x 11']],
  ['package: what is left of the last one is free', pack, [3n, 8n, 'middle'], []],
  ['package: over its end', pack, [5n, 8n, 'middle'], ['usage - 1 x 11']],
  ['unit: nothing used', { kind: 'unit', unitMicros: MICROS }, [0n, 0n, 'only'], []],
  [
    'multiplier: rounded once',
    { kind: 'multiplier', factorMicros: 1_666_667n },
    [4n, 0n, 'only'],
    ['usage - 1 x 6.67'],
  ],
  [
    'flat: in advance on the first invoice',
    { kind: 'flat', flatMicros: MICROS, due: 'advance' },
    [0n, 0n, 'first'],
    ['flat-fee - 1 x 1'],
  ],
  [
    'flat: in advance not on the last',
    { kind: 'flat', flatMicros: MICROS, due: 'advance' },
    [0n, 0n, 'last'],
    [],
  ],
  [
    'flat: in arrears on the last',
    { kind: 'flat', flatMicros: MICROS, due: 'arrears' },
    [0n, 0n, 'last'],
    ['flat-fee - 1 x 1'],
  ],
])('%s', (_condition, price, [quantity, before, position], expected) => {
  const lines = linesOf(price, { quantity, before, position }, cents);
  expect(lines.map((l) => `${l.kind} ${l.tier ?? '-'} ${l.quantity} x ${plain(l.unitMicros)}`)).toEqual(
    expected,
  );
});

test.each<[string, Price, bigint, bigint]>([
  ['a volume price invoiced in parts', volume, 5n, 3n],
  ['a package of nothing', { ...pack, size: 0n }, 1n, 0n],
  ['negative usage', graduated, -1n, 0n],
  ['a price without tiers', { kind: 'volume', tiers: [] }, 1n, 0n],
])('%s is refused', (_condition, price, quantity, before) => {
  expect(() => linesOf(price, { quantity, before, position: 'last' }, cents)).toThrow(
    expect.objectContaining({ name: 'SchemaMismatch' }),
  );
});

test.each([
  ['the last tier is closed', [tier(5, null, 1)]],
  ['an open tier before the last', [tier(null, null, 1), tier(null, null, 1)]],
  ['bounds that do not rise', [tier(5, null, 1), tier(5, null, 1), tier(null, null, 1)]],
])('tiers: %s', (_condition, wrong) => {
  expect(() => checkTiers(wrong)).toThrow(expect.objectContaining({ name: 'SchemaMismatch' }));
});

const unit: Price = { kind: 'unit', unitMicros: 3n * MICROS };

// Expected: net amounts of the lines.
test.each([
  ['a minimum fills up what is missing', 5n, { minimumMicros: 40n * MICROS }, 0n, 'only', ['15', '25']],
  ['net of what was billed before', 5n, { minimumMicros: 40n * MICROS }, 20n * MICROS, 'last', ['15', '5']],
  ['exactly reached', 5n, { minimumMicros: 15n * MICROS }, 0n, 'only', ['15']],
  ['only on the last invoice', 5n, { minimumMicros: 40n * MICROS }, 0n, 'middle', ['15']],
  ['without usage', 0n, { minimumMicros: 40n * MICROS }, 0n, 'only', ['40']],
  ['a maximum takes off what is over it', 5n, { maximumMicros: 12n * MICROS }, 0n, 'middle', ['12']],
  ['exactly the maximum', 5n, { maximumMicros: 15n * MICROS }, 0n, 'only', ['15']],
  ['earlier invoices used part of it', 5n, { maximumMicros: 30n * MICROS }, 20n * MICROS, 'last', ['10']],
  ['earlier invoices used all of it', 5n, { maximumMicros: 30n * MICROS }, 35n * MICROS, 'last', ['0']],
] as const)('commitment: %s', (_condition, quantity, commitment, before, position, expected) => {
  const lines = linesOf(unit, { quantity, before: 0n, position }, cents);
  const nets = withCommitment(lines, { ...none, ...commitment }, before, position, cents).map(netOf);
  expect(nets.map(plain)).toEqual(expected);
});

test('a maximum comes after the percentage, so that both are seen', () => {
  const lines = withPercentage(
    linesOf(unit, { quantity: 10n, before: 0n, position: 'only' }, cents),
    50n * MICROS,
    cents,
  );
  const [line] = withCommitment(lines, { ...none, maximumMicros: 12n * MICROS }, 0n, 'only', cents);
  expect(line?.discounts).toEqual([
    { reason: 'percentage', micros: 15n * MICROS },
    { reason: 'maximum', micros: 3n * MICROS },
  ]);
});

test('the minimum counts what is left after discounts', () => {
  const lines = withPercentage(
    linesOf(unit, { quantity: 10n, before: 0n, position: 'only' }, cents),
    50n * MICROS,
    cents,
  );
  const nets = withCommitment(lines, { ...none, minimumMicros: 20n * MICROS }, 0n, 'only', cents).map(netOf);
  expect(nets.map(plain)).toEqual(['15', '5']);
});

test.each([-1n, 100n * MICROS + 1n])('a percentage of %s millionths is refused', (percent) => {
  expect(() => withPercentage([], percent, cents)).toThrow(
    expect.objectContaining({ name: 'SchemaMismatch' }),
  );
});
