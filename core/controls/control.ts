import type { DatasetName } from '#core/domain/datasets.ts';
import type { Dimension, Grain, Violation } from '#core/domain/violation.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

/** Where in the chain from network to bill a control looks. */
export const STAGES = ['network', 'mediation', 'rating', 'billing', 'invoicing', 'subscription'] as const;
export type Stage = (typeof STAGES)[number];

/** How bad a breach is before its money is known: orders the queue among equals. */
export const SEVERITIES = ['high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a control tolerates. The unit stands in the name; values are decimal strings and become SQL parameters. */
export type Tolerance = Readonly<
  Partial<
    Record<
      | 'absolute_eur'
      | 'relative_per_mille'
      | 'share_per_mille'
      | 'factor_per_mille'
      | 'lag_days'
      | 'lag_hours'
      | 'seconds'
      | 'records'
      | 'files'
      | 'units'
      | 'attempts',
      string
    >
  >
>;

/** Which record stands on the right of a violation as the other side of the comparison. */
export type RightSide = 'rated' | 'billed' | 'extra-billed' | 'none';

/**
 * One revenue-assurance control, as one frozen value in a folder of its own. `match.sql` finds its violations:
 * it reads the open table of its grain (open_session, open_subscription, open_hop) and yields key, symptom and
 * impact, at hops also records and estimated. The engine completes the rows and keeps the attribution order.
 *
 * A check (grain `check`) compares anything else. Its `match.sql` reads the datasets that it needs, as views of their
 * names with every declared column and the lineage, holding the days of its scope and window, and the one-row table
 * `scope` (first_day, last_day, from_at, to_at, currency), and where it reads usage and file_trailer `lacking_file`
 * (source, service, period_start, period_end), where it reads usage and rated `unit_worth` (service, amount, quantity)
 * and `record_worth` (service, amount, records), of invoices `undue_discount` and `below_floor`. Beside key, symptom and impact it may yield any other column
 * of a violation (see VIOLATION_COLUMNS); what it does not yield is NULL, `dt` the first day, `expected` the impact,
 * `charged` 0, `records` 1, `estimated` false. Its money lies outside of the conservation of sessions and
 * subscriptions, so it must count only what no session or subscription control can see.
 */
export interface Control {
  /** Number in the catalogue, such as U06; the folder is named after it. */
  readonly id: string;
  /** In plain words, for a heading. */
  readonly title: string;
  readonly stage: Stage;
  /** What is held against what, in a sentence. */
  readonly compares: string;
  /** Datasets without which it cannot look: a missing slot of one makes it inconclusive. */
  readonly needs: readonly DatasetName[];
  /** Checks only: datasets that it reads where there is a feed of them; else they are empty. A missing slot counts. */
  readonly also?: readonly DatasetName[];
  readonly grain: Grain;
  /** Checks only: what one violation is about, in singular and plural, such as invoice and invoices. */
  readonly noun?: readonly [one: string, many: string];
  /** Checks only: run once per day or once per month, over all buckets. */
  readonly scope?: 'day' | 'month';
  /** Checks only: how many days before and after its scope are read as well. */
  readonly window?: { readonly before?: number; readonly after?: number };
  readonly tolerance: Tolerance;
  /** Attribution order: lower ranks take their part of a gap first. */
  readonly rank: number;
  /** Each symptom that match.sql can yield, in words that complete "sessions that were …" (of checks: its noun). */
  readonly symptoms: Readonly<Record<string, string>>;
  /** Grows with every change of meaning; part of violation ids and run ids. */
  readonly ruleVersion: string;
  readonly severity: Severity;
  /** Who is asked first. */
  readonly owner: string;
  /** Dimensions by which its violations are grouped into findings, most telling first. */
  readonly dimensions: readonly Dimension[];
  readonly right: RightSide;
  /** Checks only: computes tables of the session that match.sql reads beside the views. */
  readonly prepare?: (session: WarehouseSession, readSql: ReadSql, tolerance: Tolerance) => Promise<void>;
  readonly match: URL;
  /** Of a control of the workspace: its declaration and SQL, and the hash of both, which is part of its version. */
  readonly declared?: {
    readonly declaration: Readonly<Record<string, unknown>>;
    readonly sql: string;
    readonly hash: string;
  };
  /** One violation in one sentence. */
  readonly explain: (violation: Violation) => string;
}

/** Every dataset that a control reads, whether it can do without or not. */
export function readBy({ needs, also }: Pick<Control, 'needs' | 'also'>): readonly DatasetName[] {
  return [...needs, ...(also ?? [])];
}

/**
 * How fresh the inputs of a control must be, in words: what must have come before it looks. What is read of later days is
 * read as far as it is there; when it comes, the days that read it are planned again.
 */
export function freshnessOf({ needs, also, grain, scope, window }: Control): string {
  const days = grain === 'subscription' || scope === 'month' ? 'month' : 'day';
  const fed = also === undefined ? '' : `, and of ${also.join(', ')} where they are fed`;
  const beside = [
    ...(window?.before === undefined ? [] : [`${window.before} before`]),
    ...(window?.after === undefined ? [] : [`${window.after} after`]),
  ];
  const more = beside.length === 0 ? '' : `; reads what is there of the days beside it: ${beside.join(', ')}`;
  return `every slot of the ${days}, or a snapshot, of ${needs.join(', ')}${fed}; else inconclusive${more}`;
}
