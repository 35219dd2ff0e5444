import type { Case } from '#core/domain/case.ts';
import type { AdjustmentLine } from './adjustments.ts';
import { requireStillDue } from './still-due.ts';

const CASE = { caseId: 'C-1', period: '2026-10-28' } as Case;
const line = (key: string, minor: string): AdjustmentLine =>
  ({ key, amount: { minor, asset: 'EUR/6' } }) as unknown as AdjustmentLine;

test.each<[string, readonly AdjustmentLine[], Record<string, string>]>([
  ['as it was found', [line('a', '100000')], { a: '0.100000' }],
  ['half of it came since: something is due', [line('a', '100000')], { a: '0.050000' }],
  ['a credit that is still owed', [line('a', '-100000')], { a: '-0.100000' }],
  ['cannot be measured now', [line('a', '100000')], {}],
  ['a ticket only', [], { a: '0.000000' }],
])('may be approved: %s', (_condition, lines, gaps) => {
  expect(() => requireStillDue(CASE, lines, new Map(Object.entries(gaps)))).not.toThrow();
});

test.each<[string, readonly AdjustmentLine[], Record<string, string>, string]>([
  ['the bill came since', [line('a', '100000')], { a: '0.000000' }, '1 of the 1 items'],
  [
    'one of two came since',
    [line('a', '100000'), line('b', '2')],
    { a: '0', b: '0.000002' },
    '1 of the 2 items',
  ],
  ['too much was billed since', [line('a', '100000')], { a: '-0.000001' }, '1 of the 1 items'],
  ['the credit was given since', [line('a', '-100000')], { a: '0.000000' }, '1 of the 1 items'],
])('may not be approved: %s', (_condition, lines, gaps, what) => {
  expect(() => requireStillDue(CASE, lines, new Map(Object.entries(gaps)))).toThrow(
    expect.objectContaining({
      name: 'VersionMoved',
      message: expect.stringContaining(what),
    }),
  );
});
