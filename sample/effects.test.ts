import { type FaultState, FaultyChain, faultState, type PricedSession } from './effects.ts';
import type { Direction, Family, FaultPlan, Twist } from './fault.ts';
import { micros, offerOf } from './market.ts';
import { populationOf, type Subscription } from './population.ts';
import { TARIFFS } from './price-list.ts';
import { TariffBook, versionsOf } from './tariff-book.ts';
import type { Session } from './usage.ts';

const START = Date.parse('2026-10-20T10:00:00Z');
const raise = {
  tariffId: 'T-SMART',
  at: Date.parse('2026-10-10T22:00:00Z'),
  note: 'Calls rise.',
  reprice: (p: (typeof TARIFFS)[number]['prices'][number]) => ({ ...p, price: p.price * 2n }),
};
const book = new TariffBook(versionsOf(TARIFFS, [raise], 0));
const somebody = populationOf({
  seed: 1,
  subscribers: 50,
  firstDay: 20_700,
  lastDay: 20_730,
})[0] as Subscription;

function session(over: Partial<Session> = {}, who: Partial<Subscription> = {}): PricedSession {
  const partials = over.partials ?? [1800, 600];
  const made: Session = {
    subscription: { ...somebody, purpose: 'customer', engine: 'ocs-1', ...who },
    offer: offerOf('O-SMART'),
    service: 'voice',
    start: START,
    quantity: partials.reduce((a, b) => a + b, 0),
    zone: 'national',
    bNumber: '436641234567',
    plmn: '',
    source: 'msc-east',
    cell: 'E1',
    partials,
    number: 7,
    ...over,
  };
  const version = book.versionAt(made.offer.tariffId, made.start);
  return { session: made, version, expected: book.charge(version, made) };
}

function fault(
  family: Family,
  direction: Direction,
  twist: Twist,
  over: Partial<FaultPlan> = {},
): FaultState {
  const plan: FaultPlan = {
    id: 'F01',
    family,
    direction,
    segment: { service: 'voice' },
    onset: START - 1000,
    bursts: null,
    chance: 1,
    twist,
    budget: micros('1000'),
    compoundWith: null,
    follows: false,
    logged: false,
    ...over,
  };
  return faultState(plan, 1);
}

const NONE: Twist = { kind: 'none' };
// 2400 s of T-SMART version 2: 80 half minutes at 0.13
const FULL = micros('10.40');

test.each<[string, FaultState, boolean, number | null, string, string]>([
  ['lost before mediation', fault('mediation-drop', 'under', NONE), false, null, '0', '10.40'],
  ['never rated', fault('rating-drop', 'under', NONE), true, null, '0', '10.40'],
  ['rated, not billed', fault('billing-drop', 'under', NONE), true, 2400, '0', '10.40'],
  ['billed twice', fault('duplicate-billing', 'over', NONE), true, 2400, '20.80', '-10.40'],
  [
    'half the price',
    fault('wrong-rate', 'under', { kind: 'factor', numerator: 1n, denominator: 2n }),
    true,
    2400,
    '5.20',
    '5.20',
  ],
  [
    'double the price',
    fault('wrong-rate', 'over', { kind: 'factor', numerator: 2n, denominator: 1n }),
    true,
    2400,
    '20.80',
    '-10.40',
  ],
  [
    'the version before',
    fault('wrong-tariff-version', 'under', { kind: 'version', tariffId: 'T-SMART', version: 1 }),
    true,
    2400,
    '5.20',
    '5.20',
  ],
  [
    'the last partial lost',
    fault('quantity-truncation', 'under', { kind: 'lost-partial' }),
    true,
    1800,
    '7.80',
    '2.60',
  ],
  [
    'capped',
    fault('quantity-truncation', 'under', { kind: 'cap', quantity: 600 }),
    true,
    600,
    '2.60',
    '7.80',
  ],
  [
    'the default rate',
    fault('default-rate', 'under', { kind: 'flat', amount: micros('0.05') }),
    true,
    2400,
    '0.05',
    '10.35',
  ],
  ['a price of zero', fault('zero-rate', 'under', { kind: 'flat', amount: 0n }), true, 2400, '0', '10.40'],
])('%s', (_, state, mediated, ratedQuantity, billed, label) => {
  const outcome = new FaultyChain([state], book).send(session(), 20_746);
  expect(outcome.mediated).toBe(mediated);
  expect(outcome.rating?.quantity ?? null).toBe(ratedQuantity);
  expect((outcome.rating?.amount ?? 0n) * BigInt(outcome.billed)).toBe(micros(billed));
  expect(outcome.labels.map((l) => l.amount)).toEqual([micros(label)]);
  expect(FULL - micros(billed)).toBe(micros(label));
  expect(state.records).toBe(1);
});

test('a ghost is billed beside the session, which keeps its right charge', () => {
  const outcome = new FaultyChain([fault('ghost-billing', 'over', NONE)], book).send(session(), 20_746);
  expect(outcome.rating?.amount).toBe(FULL);
  expect(outcome.ghost?.amount).toBeGreaterThan(0n);
  expect(outcome.labels.map((l) => l.amount)).toEqual([-(outcome.ghost?.amount ?? 0n)]);
});

test('two causes on one record: each is labelled with what it moved, and both add up', () => {
  const first = fault(
    'quantity-truncation',
    'under',
    { kind: 'lost-partial' },
    { id: 'F01', compoundWith: 'F02' },
  );
  const second = fault('duplicate-billing', 'over', NONE, { id: 'F02', compoundWith: 'F01', follows: true });
  const outcome = new FaultyChain([first, second], book).send(session(), 20_746);
  expect(outcome.labels.map((l) => [l.fault.plan.id, l.amount])).toEqual([
    ['F01', micros('2.60')],
    ['F02', -micros('7.80')],
  ]);
  expect(outcome.billed).toBe(2);
});

const over = fault('billing-drop', 'under', NONE);
test.each<[string, PricedSession, FaultState]>([
  ['a failed call', session({ partials: [0], quantity: 0 }), over],
  ['an internal line', session({}, { purpose: 'internal' }), over],
  ['before the onset', session({ start: START - 5000 }), over],
  ['another segment', session({ service: 'sms', quantity: 1, partials: [1] }), over],
  ['a fault without budget', session(), fault('billing-drop', 'under', NONE, { budget: 0n })],
  [
    'a record that would make up most of the fault',
    session(),
    fault('billing-drop', 'under', NONE, { budget: micros('12') }),
  ],
  ['a follower without its partner', session(), fault('billing-drop', 'under', NONE, { follows: true })],
  [
    'a session that is not cut has no partial to lose',
    session({ partials: [600] }),
    fault('quantity-truncation', 'under', { kind: 'lost-partial' }),
  ],
  [
    'a difference below tolerance',
    session(),
    fault('wrong-rate', 'under', { kind: 'factor', numerator: 9995n, denominator: 10_000n }),
  ],
])('untouched: %s', (_, priced, state) => {
  const outcome = new FaultyChain([state], book).send(priced, 20_746);
  expect(outcome.labels).toEqual([]);
  const pays = priced.session.subscription.purpose === 'customer' && priced.session.quantity > 0;
  expect([outcome.billed, outcome.rating?.amount ?? 0n]).toEqual(pays ? [1, priced.expected] : [0, 0n]);
});

test('the second engine posts four decimals: an innocent difference, not a label', () => {
  const priced = session({ offer: offerOf('O-BIZ'), partials: [77], quantity: 77 }, { engine: 'ocs-2' });
  const outcome = new FaultyChain([], book).send(priced, 20_746);
  expect(priced.expected).toBe(micros('0.161141'));
  expect([outcome.rating?.amount, outcome.rounding]).toEqual([micros('0.1611'), micros('0.000041')]);
});
