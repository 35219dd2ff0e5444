import { audit } from '#tests/support/audit.ts';
import { billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';

/** A billed item that knows nothing of the network's id, but says who called whom, when and how long. */
const item = (over: TestRow = {}): TestRow =>
  billed({
    correlation_id: null,
    bill_item_id: 'b1',
    a_number: '43660001',
    b_number: '431234567',
    quantity: 60,
    ...over,
  });
/** The rating of that call under an id of the charging engine. */
const own = (over: TestRow = {}): TestRow =>
  rated({ correlation_id: 'ocs-1', a_number: '43660001', b_number: '431234567', ...over });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[]];

// Expected: the violations as `control key impact`; none where the records are one session.
const rows: readonly Row[] = [
  ['the same line, start and quantity', { usage: [usage()], rated: [own()], billed: [item()] }, []],
  [
    'without their numbers nothing can be said',
    { usage: [usage()], rated: [rated()], billed: [billed({ correlation_id: null, bill_item_id: 'b1' })] },
    ['U06 c1 0.100000', 'U07 item:b1 -0.100000'],
  ],
  [
    'a clock that is two seconds off',
    { usage: [usage()], rated: [rated()], billed: [item({ event_time: '2026-10-14T10:00:02' })] },
    [],
  ],
  [
    'and one that is a millisecond more',
    { usage: [usage()], rated: [rated()], billed: [item({ event_time: '2026-10-14T10:00:02.001' })] },
    ['U06 c1 0.100000', 'U07 item:b1 -0.100000'],
  ],
  ['a second longer', { usage: [usage()], rated: [rated()], billed: [item({ quantity: 61 })] }, []],
  [
    'another called number',
    { usage: [usage()], rated: [rated()], billed: [item({ b_number: '431234568' })] },
    ['U06 c1 0.100000', 'U07 item:b1 -0.100000'],
  ],
  [
    'of two the nearer; the other is charged for nothing',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [item(), item({ bill_item_id: 'b2', event_time: '2026-10-14T10:00:01' })],
    },
    ['U07 item:b2 -0.100000'],
  ],
  [
    'matched, and charged wrongly',
    { usage: [usage()], rated: [own()], billed: [item({ amount: '0.04' })] },
    ['R01 c1 0.060000'],
  ],
  [
    'two records of the network that are one item: one session',
    {
      usage: [usage(), usage({ correlation_id: 'c2', session_start: '2026-10-14T10:01:00' })],
      rated: [own({ quantity: 120, amount: '0.20' })],
      billed: [item({ quantity: 120, amount: '0.20' })],
    },
    [],
  ],
  [
    'an id that both know is not looked at',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [item({ correlation_id: 'c1', event_time: '2026-10-14T18:00:00' })],
    },
    [],
  ],
];

test.each(rows.map(([condition, world, expected]) => ({ condition, world, expected })))(
  '$condition',
  async ({ world, expected }) => {
    const found = await audit(world);
    found.remove();
    expect(
      found.violations.filter((v) => v.grain === 'record').map((v) => `${v.control_id} ${v.key} ${v.impact}`),
    ).toEqual(expected);
  },
);
