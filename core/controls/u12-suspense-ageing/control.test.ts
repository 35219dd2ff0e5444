import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u12SuspenseAgeing } from './control.ts';

/** A call of a minute, put aside five minutes after it began. */
const aside = (over: TestRow = {}): TestRow => ({
  record_id: 's1',
  correlation_id: 'cs1',
  source: 'msc-east',
  service: 'voice',
  start_time: '2026-10-14T10:00:00',
  quantity: 60,
  state: 'suspended',
  reason: 'no-zone',
  since: '2026-10-14T10:05:00',
  attempts: 0,
  ...over,
});
/** Something put aside later, from which the age of the others shows. */
const later = (since: string) =>
  aside({ record_id: 's9', start_time: '2026-10-16T00:00:00', since, state: 'filtered' });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['put aside just now', { suspense: [aside()], rated: [rated()] }, ['pass']],
  [
    'three days and a second old',
    { suspense: [aside(), later('2026-10-17T10:05:01')], rated: [rated()] },
    ['breach', 'over-age suspense|msc-east|s1 0.100000'],
  ],
  [
    'exactly three days old',
    { suspense: [aside(), later('2026-10-17T10:05:00')], rated: [rated()] },
    ['pass'],
  ],
  [
    'worth by quantity: twice as long, twice as much',
    { suspense: [aside({ quantity: 120, attempts: 3 })], rated: [rated()] },
    ['breach', 'tried-in-vain suspense|msc-east|s1 0.200000'],
  ],
  ['sent in again twice', { suspense: [aside({ attempts: 2 })], rated: [rated()] }, ['pass']],
  ['released', { suspense: [aside({ attempts: 9, state: 'released' })], rated: [rated()] }, ['pass']],
  [
    'an older state of the same record says nothing',
    {
      suspense: [aside({ attempts: 9 }), aside({ since: '2026-10-14T11:00:00', state: 'released' })],
      rated: [rated()],
    },
    ['pass'],
  ],
  [
    'nothing of the service was rated: no money, still a breach',
    { suspense: [aside({ service: 'sms', attempts: 3, quantity: 1 })], rated: [rated()] },
    ['breach', 'tried-in-vain suspense|msc-east|s1 0.000000'],
  ],
  [
    'an hour of the feed is missing',
    { suspense: [aside({ attempts: 9 })], rated: [rated()] },
    ['inconclusive'],
    { missing: { suspense: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
  [
    'its file lacks records: the count at the hop holds the money',
    { suspense: [aside({ attempts: 9 })], rated: [rated()], usage: [usage()], file_trailer: [trailer(2)] },
    ['breach', 'tried-in-vain suspense|msc-east|s1 0.000000'],
  ],
  [
    'its file lacks none',
    { suspense: [aside({ attempts: 9 })], rated: [rated()], usage: [usage()], file_trailer: [trailer(1)] },
    ['breach', 'tried-in-vain suspense|msc-east|s1 0.100000'],
  ],
  [
    'it stands in usage all the same: judged as a session',
    { suspense: [aside({ attempts: 9 })], rated: [rated()], usage: [usage({ record_id: 's1' })] },
    ['breach', 'tried-in-vain suspense|msc-east|s1 0.000000'],
  ],
  ['the feed never came', { rated: [rated()] }, ['inconclusive']],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u12SuspenseAgeing.id, world, options)).toEqual(expected);
  },
);
