import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { billed, rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r12RatedNotBilled } from './control.ts';

/** An item of another session, from which it shows how far posting has come. */
const posted = (posting_date: string): TestRow => billed({ correlation_id: 'c9', posting_date });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['rated and billed', { rated: [rated()], billed: [billed(), posted('2026-10-17')] }, ['pass']],
  [
    'rated, never billed, unknown to mediation',
    { rated: [rated({ amount: '0.35' })], billed: [posted('2026-10-17')] },
    ['breach', 'rated-not-billed rated-only|c1 0.350000'],
  ],
  ['two days are lag', { rated: [rated()], billed: [posted('2026-10-16')] }, ['pass']],
  ['rated at nothing', { rated: [rated({ amount: '0' })], billed: [posted('2026-10-17')] }, ['pass']],
  [
    'rated twice counts once',
    { rated: [rated(), rated({ rated_id: 'r-again' })], billed: [posted('2026-10-17')] },
    ['breach', 'rated-not-billed rated-only|c1 0.100000'],
  ],
  [
    'a credit that was not given is owed back',
    { rated: [rated({ amount: '-0.20' })], billed: [posted('2026-10-17')] },
    ['breach', 'rated-not-billed rated-only|c1 -0.200000'],
  ],
  [
    'a line that owes nothing',
    { rated: [rated({ subscription_id: 'S9' })], billed: [posted('2026-10-17')] },
    ['pass'],
  ],
  [
    'with a usage record it is another control',
    { usage: [usage()], rated: [rated()], billed: [posted('2026-10-17')] },
    ['pass'],
  ],
  [
    'the file of its hour lacks a record, which is counted there',
    { rated: [rated()], billed: [posted('2026-10-17')], file_trailer: [trailer(1)] },
    ['pass'],
  ],
  [
    'the file of its hour is whole',
    {
      usage: [usage({ correlation_id: 'c9' })],
      rated: [rated()],
      billed: [posted('2026-10-17')],
      file_trailer: [trailer(1)],
    },
    ['breach', 'rated-not-billed rated-only|c1 0.100000'],
  ],
  [
    'its record is of the evening before',
    {
      usage: [usage({ session_start: '2026-10-13T23:59:59' })],
      rated: [rated({ start_time: '2026-10-14T00:00:00' })],
      billed: [posted('2026-10-17')],
    },
    ['pass'],
  ],
  [
    'an hour of usage is missing',
    { rated: [rated()], billed: [posted('2026-10-17')] },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T10'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r12RatedNotBilled.id, world, options)).toEqual(expected);
  },
);

test('two sessions that were not billed, one with usage and one without: each counts once', async () => {
  const found = await audit(
    {
      usage: [usage()],
      rated: [rated(), rated({ correlation_id: 'c2', amount: '0.20' })],
      billed: [billed({ correlation_id: 'c9', posting_date: '2026-10-17' })],
    },
    { controls: ['U06', 'R12'] },
  );
  found.remove();
  expect(found.violations.map((row) => `${row.control_id} ${row.key} ${row.impact}`)).toEqual([
    'R12 rated-only|c2 0.200000',
    'U06 c1 0.100000',
  ]);
});

test('a record that the network lost counts once: U04 has it, R12 leaves it', async () => {
  const found = await audit(
    {
      usage: [usage({ correlation_id: 'c9' })],
      rated: [rated(), rated({ correlation_id: 'c9' })],
      billed: [billed({ correlation_id: 'c9', posting_date: '2026-10-17' })],
      file_trailer: [trailer(2)],
    },
    { controls: ['U04', 'R12'] },
  );
  found.remove();
  const money = found.violations.filter((row) => row.impact !== '0.000000');
  expect(money.map((row) => `${row.control_id} ${row.impact}`)).toEqual(['U04 0.100000']);
});
