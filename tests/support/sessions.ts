import { billed, rated, usage } from './small-operator.ts';
import type { TestRow } from './tables.ts';

/** What happened to a session of the small operator on its way to the bill. */
export const FATES = [
  'clean',
  'missing-rating',
  'missing-billing',
  'ghost',
  'duplicate',
  'mispriced',
  'sent-again',
  'partials',
  'unknown',
] as const;
export type Fate = (typeof FATES)[number];

/** One national call of S1 on 2026-10-14. */
export interface Spec {
  readonly fate: Fate;
  /** Started minutes, 0.10 each. */
  readonly minutes: number;
  /** Cents by which a mispriced call is charged too much (or, below zero, too little). */
  readonly error: number;
  /** Minute of the day at which it starts. */
  readonly at: number;
}

export interface Rows {
  readonly usage: TestRow[];
  readonly rated: TestRow[];
  readonly billed: TestRow[];
}

/** The rows that a list of calls leaves behind. */
export function rowsOf(specs: readonly Spec[]): Rows {
  const rows: Rows = { usage: [], rated: [], billed: [] };
  for (const [i, spec] of specs.entries()) addCall(rows, spec, `c${String(i).padStart(4, '0')}`);
  return rows;
}

function addCall(rows: Rows, { fate, minutes, error, at }: Spec, correlation_id: string): void {
  const start = new Date(Date.UTC(2026, 9, 14, 0, at)).toISOString().slice(0, 23);
  const cents = minutes * 10 + (fate === 'mispriced' ? error : 0);
  const amount = centsText(cents);
  const call = usage({ correlation_id, session_start: start, quantity: minutes * 60 });
  const rating = rated({ correlation_id, start_time: start, quantity: minutes * 60, amount });
  const item = billed({ correlation_id, event_time: start, amount });
  if (fate === 'partials') {
    rows.usage.push(
      { ...call, quantity: minutes * 60 - 30 },
      { ...call, record_id: `${correlation_id}-2`, partial_sequence: 2, quantity: 30 },
    );
  } else if (fate === 'unknown') {
    rows.usage.push({ ...call, a_number: '43660777' });
  } else if (fate !== 'ghost') {
    rows.usage.push(call);
  }
  if (fate === 'sent-again') rows.usage.push({ ...call, file_id: 'again.csv' });
  if (fate !== 'missing-rating') rows.rated.push(rating);
  if (fate !== 'missing-rating' && fate !== 'missing-billing') rows.billed.push(item);
  if (fate === 'duplicate') rows.billed.push({ ...item, bill_item_id: `${correlation_id}-copy` });
}

/** The same calls with every gap turned round: what was lost is invented, what was too dear is too cheap. */
export function mirrored(specs: readonly Spec[]): Spec[] {
  const turned: Partial<Record<Fate, Fate>> = {
    'missing-rating': 'ghost',
    'missing-billing': 'ghost',
    ghost: 'missing-billing',
  };
  return specs.map((spec) => ({ ...spec, fate: turned[spec.fate] ?? spec.fate, error: -spec.error }));
}

function centsText(cents: number): string {
  const text = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`;
}
