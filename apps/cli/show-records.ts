import type { CaseRecords } from '#apps/host/records.ts';
import { showCount, showDecimal } from './format.ts';
import { tableLines } from './table.ts';

/** Violations as lines of text: what was expected and charged, and where both records stand. */
export function recordLines(records: CaseRecords): string[] {
  const right = 'right' as const;
  const columns = [
    { title: 'RECORD' },
    { title: 'WHEN (UTC)' },
    { title: 'ACCOUNT' },
    { title: 'EXPECTED', align: right },
    { title: 'CHARGED', align: right },
    { title: 'IMPACT', align: right },
    { title: 'MONEY' },
    { title: 'CHARGEABLE UNTIL' },
    { title: 'LEFT: FILE @ OFFSET' },
    { title: 'RIGHT: FILE @ OFFSET' },
  ];
  const place = (file: unknown, offset: unknown): string => (file === null ? '–' : `${file} @ ${offset}`);
  const amount = (value: unknown): string => showDecimal(String(value), 'EUR', false);
  const rows = records.rows.map((row) => [
    String(row.key),
    String(row.event_time).slice(0, 19),
    String(row.account_id ?? '–'),
    amount(row.expected),
    amount(row.charged),
    amount(row.impact),
    String(row.money_state),
    String(row.recoverable_until ?? 'owed back'),
    place(row.left_file, row.left_offset),
    place(row.right_file, row.right_offset),
  ]);
  return [
    `Records, largest first: ${showCount(records.rows.length)} of ${showCount(records.total)}`,
    ...tableLines(columns, rows).map((line) => `  ${line}`),
  ];
}
