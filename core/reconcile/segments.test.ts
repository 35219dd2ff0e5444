import { type Day, parseDay } from '#core/domain/period.ts';
import { onsetsOf } from './onsets.ts';
import { type Cell, Population, type Segment, separatingSegments } from './segments.ts';

const DAY = parseDay('2026-10-14');
const ZONES = ['national', 'eu', 'world'];
const OFFERS = ['O1', 'O2', 'O3', 'O4'];
const ENGINES = ['ocs-1', 'ocs-2'];

/** 24 combinations of a thousand sessions each. */
const population: Cell[] = ZONES.flatMap((zone) =>
  OFFERS.flatMap((offer_id) =>
    ENGINES.map((rating_source) => ({ day: DAY, values: { zone, offer_id, rating_source }, count: 1000 })),
  ),
);

/** Violations: so many in each combination for which the conditions hold. */
const broken = (count: number, where: Segment): Cell[] =>
  population
    .filter(({ values }) => Object.entries(where).every(([name, value]) => values[name as 'zone'] === value))
    .map((cell) => ({ ...cell, count }));

const segmentsOf = (violations: Cell[]) =>
  separatingSegments(violations, () => new Population(population), ['zone', 'offer_id', 'rating_source']);

test.each<[string, Cell[], Segment[]]>([
  ['one value', broken(500, { zone: 'eu' }), [{ zone: 'eu' }]],
  ['two values', broken(500, { zone: 'eu', offer_id: 'O2' }), [{ zone: 'eu', offer_id: 'O2' }]],
  [
    'three values',
    broken(900, { zone: 'eu', offer_id: 'O2', rating_source: 'ocs-1' }),
    [{ zone: 'eu', offer_id: 'O2', rating_source: 'ocs-1' }],
  ],
  ['a low rate', broken(5, { offer_id: 'O3' }), [{ offer_id: 'O3' }]],
  [
    'two causes, the more telling first',
    [
      ...broken(900, { zone: 'eu', offer_id: 'O1' }),
      ...broken(100, { zone: 'world', rating_source: 'ocs-2' }),
    ],
    [
      { zone: 'eu', offer_id: 'O1' },
      { zone: 'world', rating_source: 'ocs-2' },
    ],
  ],
  [
    'a cause over even noise',
    [...broken(2, {}), ...broken(400, { offer_id: 'O4', rating_source: 'ocs-2' })],
    [{ offer_id: 'O4', rating_source: 'ocs-2' }],
  ],
  ['spread evenly', broken(50, {}), []],
  ['too few to say', broken(1, { zone: 'eu', offer_id: 'O2' }), []],
  ['none', [], []],
])('%s', (_condition, violations, expected) => {
  expect(segmentsOf(violations)).toEqual(expected);
});

test('a condition that does not narrow is left out', () => {
  const same = population.map((cell) => ({
    ...cell,
    values: { ...cell.values, tariff_id: `T-${cell.values.offer_id}` },
  }));
  const violations = same
    .filter(({ values }) => values.offer_id === 'O1')
    .map((cell) => ({ ...cell, count: 300 }));
  const found = separatingSegments(violations, () => new Population(same), ['tariff_id', 'offer_id', 'zone']);
  expect(found).toEqual([{ tariff_id: 'T-O1' }]);
});

const day = (n: number, count = 50): { day: Day; count: number } => ({
  day: parseDay(`2026-10-${String(n).padStart(2, '0')}`),
  count,
});

test.each([
  ['one day', [day(3)], ['03-03']],
  ['days on end', [day(3), day(4), day(5)], ['03-05']],
  ['on and off within a week', [day(3), day(8), day(15)], ['03-15']],
  ['a clean week and a day between', [day(3), day(12)], ['03-03', '12-12']],
  ['too few to be an onset of their own', [day(3), day(12, 4)], ['03-12']],
  ['three onsets', [day(1), day(10), day(11), day(25)], ['01-01', '10-11', '25-25']],
  ['none', [], []],
])('onsets: %s', (_condition, days, expected) => {
  expect(onsetsOf(days).map(({ from, to }) => `${from.slice(8)}-${to.slice(8)}`)).toEqual(expected);
});
