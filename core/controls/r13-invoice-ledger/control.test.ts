import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { billed, fee } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r13InvoiceLedger } from './control.ts';

/** The recurring fee of October on the invoice of the month after. */
const charge = (over: TestRow = {}): TestRow => ({
  line_id: 'l1',
  invoice_id: 'i1',
  account_id: 'A-S1',
  kind: 'recurring',
  period_from: '2026-10-01',
  period_to: '2026-10-31',
  amount: '31.00',
  currency: 'EUR',
  invoiced_at: '2026-11-02T00:00:00',
  ...over,
});
/** An invoice of October with tax, and its booking. */
const invoice: TestRow[] = [
  charge({
    line_id: 'o1',
    invoice_id: 'i0',
    amount: '50',
    period_from: '2026-09-01',
    invoiced_at: '2026-10-02',
  }),
  charge({
    line_id: 'o2',
    invoice_id: 'i0',
    kind: 'tax',
    amount: '10',
    period_from: null,
    invoiced_at: '2026-10-02',
  }),
];
const booking = (over: TestRow = {}): TestRow => ({
  entry_id: 'e1',
  account_id: 'A-S1',
  invoice_id: 'i0',
  amount: '60.00',
  currency: 'EUR',
  booked_at: '2026-10-05T00:00:00',
  ...over,
});
/** Lines and bookings of others, from which it shows how far both have come. */
const line9 = charge({
  line_id: 'l9',
  invoice_id: 'i9',
  account_id: 'A-S9',
  kind: 'one-off',
  period_from: null,
  amount: '5',
  invoiced_at: '2026-11-21T00:00:00',
});
const entry9 = booking({
  entry_id: 'e9',
  invoice_id: 'i9',
  account_id: 'A-S9',
  amount: '5',
  booked_at: '2026-11-25',
});
const world = (more: TestWorld = {}): TestWorld => ({
  billed: [fee()],
  invoice_line: [charge(), ...invoice, line9],
  ledger_entry: [booking(), entry9],
  ...more,
});

/** Usage of an account whose bills run from the 15th to the 14th, before and after that day, and its two invoices. */
const cycled = (second: string, newest: string): TestWorld => {
  const line = (
    line_id: string,
    period_from: string,
    period_to: string,
    invoiced_at: string,
    amount: string,
  ) => charge({ line_id, invoice_id: line_id, kind: 'usage', period_from, period_to, invoiced_at, amount });
  return world({
    billed: [
      billed({ correlation_id: 'c1', event_time: '2026-10-10T10:00:00', amount: '2' }),
      billed({ correlation_id: 'c2', event_time: '2026-10-20T10:00:00', amount: '3' }),
      billed({ correlation_id: 'c3', event_time: '2026-11-10T10:00:00', amount: '4' }),
    ],
    invoice_line: [
      line('m1', '2026-09-15', '2026-10-14', '2026-10-16', '2'),
      line('m2', '2026-10-15', '2026-11-14', '2026-11-16', second),
      { ...line9, invoiced_at: newest },
    ],
    ledger_entry: [booking({ invoice_id: 'm1', amount: '2' }), entry9],
  });
};

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['posted, invoiced and booked', world(), ['pass']],
  [
    'posted and on no invoice',
    world({ invoice_line: [...invoice, line9] }),
    ['breach', 'not-invoiced account|A-S1|recurring 31.000000'],
  ],
  [
    'invoiced at more than posted',
    world({ invoice_line: [charge({ amount: '41' }), ...invoice, line9] }),
    ['breach', 'invoiced-otherwise account|A-S1|recurring -10.000000'],
  ],
  [
    'five cents are rounding',
    world({ invoice_line: [charge({ amount: '30.95' }), ...invoice, line9] }),
    ['pass'],
  ],
  [
    'a millionth more is not',
    world({ invoice_line: [charge({ amount: '30.949999' }), ...invoice, line9] }),
    ['breach', 'invoiced-otherwise account|A-S1|recurring 0.050001'],
  ],
  [
    'many small charges on one line of the invoice',
    world({
      billed: [fee(), ...[1, 2, 3].map((i) => billed({ correlation_id: `c${i}`, amount: '0.333333' }))],
      invoice_line: [charge(), charge({ line_id: 'l2', kind: 'usage', amount: '1.00' }), ...invoice, line9],
    }),
    ['pass'],
  ],
  [
    'the invoices of the month are still being made',
    world({ invoice_line: [...invoice, { ...line9, invoiced_at: '2026-11-20T23:59:59' }] }),
    ['pass'],
  ],
  [
    'invoiced and not in the ledger',
    world({ ledger_entry: [entry9] }),
    ['breach', 'not-booked invoice|i0 60.000000'],
  ],
  [
    'booked without its tax, and a line sent twice',
    world({
      invoice_line: [charge(), ...invoice, ...invoice, line9],
      ledger_entry: [booking({ amount: '50' }), entry9],
    }),
    ['breach', 'booked-otherwise invoice|i0 10.000000'],
  ],
  [
    'booked without an invoice',
    world({ ledger_entry: [booking(), booking({ entry_id: 'e2', invoice_id: 'i7', amount: '12' }), entry9] }),
    ['breach', 'booked-without-invoice invoice|i7 -12.000000'],
  ],
  ['a bill cycle that runs over the ends of the month', cycled('7', '2026-12-06'), ['pass']],
  [
    'a bill cycle of which some is not invoiced',
    cycled('6', '2026-12-06'),
    ['breach', 'invoiced-otherwise account|A-S1|usage 1.000000'],
  ],
  ['a bill cycle whose invoices are still being made', cycled('6', '2026-12-04T23:00:00'), ['pass']],
  [
    'the cycle that ought to begin in the month has no invoice',
    world({
      billed: [
        fee(),
        billed({ correlation_id: 'c1', event_time: '2026-10-10T10:00:00', amount: '2' }),
        billed({ correlation_id: 'c2', event_time: '2026-10-20T10:00:00', amount: '3' }),
      ],
      invoice_line: [
        charge(),
        ...invoice,
        charge({
          line_id: 'm1',
          invoice_id: 'i0',
          kind: 'usage',
          amount: '2',
          period_from: '2026-09-15',
          period_to: '2026-10-14',
          invoiced_at: '2026-10-02',
        }),
        line9,
      ],
      ledger_entry: [booking({ amount: '62' }), entry9],
    }),
    ['breach', 'not-invoiced account|A-S1|usage 3.000000'],
  ],
  ['no ledger is fed', { billed: [fee()], invoice_line: [charge()] }, ['inconclusive']],
  [
    'a day of postings is missing',
    world(),
    ['inconclusive'],
    { missing: { billed: { '2026-10-14': ['2026-10-14'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(
      await auditControl(r13InvoiceLedger.id, world, { period: '2026-10', controls: ['R13'], ...options }),
    ).toEqual(expected);
  },
);
