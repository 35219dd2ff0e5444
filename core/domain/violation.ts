import type { DatasetName } from './datasets.ts';

/**
 * What a violation is about: one session, one subscription in a period, one count at a hop, or whatever else a check
 * compares (a file, an invoice, a balance). Only sessions and subscriptions are in the conservation of money.
 */
export const GRAINS = ['record', 'subscription', 'hop', 'check'] as const;
export type Grain = (typeof GRAINS)[number];

/**
 * Columns of `violations.parquet`, in order. A control's `match.sql` yields key, symptom and impact (at hops also
 * records and estimated); the engine adds the rest from what it knows of that key. Which finding a
 * violation belongs to stands in `finding_members.parquet` of the run (finding_id, violation_id). Amounts are decimal strings with six decimals in JSON and DECIMAL(18,6) in SQL.
 * impact = expected - charged: positive is a loss to the operator, negative is owed back.
 */
export interface Violation {
  /** `v-` and 24 hex digits: hash of control, rule version and key (and month, for a subscription). The same violation has the same id in every run. */
  readonly violation_id: string;
  readonly control_id: string;
  readonly rule_version: string;
  readonly period: string;
  readonly grain: Grain;
  /** `correlation_id`, `subscription_id`, what a check says, or `<hop>|<service>|<hour>|<source>` such as
   * `network-to-mediation|voice|2026-10-14T13|msc-east`. Unique within a control and period. */
  readonly key: string;
  /** What kind of difference, from a list that each control declares, such as `missing-at-rating`. */
  readonly symptom: string;
  readonly dt: string;
  readonly event_time: string;
  readonly subscription_id: string | null;
  readonly account_id: string | null;
  readonly service: string | null;
  readonly zone: string | null;
  readonly offer_id: string | null;
  readonly segment: string | null;
  /** Network element (usage side). */
  readonly source: string | null;
  /** Charging engine (rated side). */
  readonly rating_source: string | null;
  readonly tariff_id: string | null;
  /** Version in force at the event. */
  readonly tariff_version: number | null;
  /** Version that was applied. */
  readonly charged_version: number | null;
  readonly quantity: string | null;
  readonly charged_quantity: string | null;
  readonly expected: string;
  readonly charged: string;
  readonly impact: string;
  readonly currency: string;
  /** True where the amount is a mean times a count, because the records themselves are gone. */
  readonly estimated: boolean;
  /** Records counted (1, except at hops). */
  readonly records: number;
  readonly left_dataset: DatasetName | null;
  readonly left_id: string | null;
  readonly left_file: string | null;
  readonly left_offset: string | null;
  readonly left_hash: string | null;
  readonly right_dataset: DatasetName | null;
  readonly right_id: string | null;
  readonly right_file: string | null;
  readonly right_offset: string | null;
  readonly right_hash: string | null;
}

/** The dimensions by which violations are grouped and investigated. */
export const DIMENSIONS = [
  'service',
  'zone',
  'offer_id',
  'segment',
  'source',
  'rating_source',
  'tariff_id',
  'tariff_version',
  'charged_version',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The DDL of `violations.parquet`, one entry per field of Violation, in order. */
export const VIOLATION_COLUMNS: Readonly<Record<keyof Violation, string>> = {
  violation_id: 'VARCHAR',
  control_id: 'VARCHAR',
  rule_version: 'VARCHAR',
  period: 'VARCHAR',
  grain: 'VARCHAR',
  key: 'VARCHAR',
  symptom: 'VARCHAR',
  dt: 'DATE',
  event_time: 'TIMESTAMP_MS',
  subscription_id: 'VARCHAR',
  account_id: 'VARCHAR',
  service: 'VARCHAR',
  zone: 'VARCHAR',
  offer_id: 'VARCHAR',
  segment: 'VARCHAR',
  source: 'VARCHAR',
  rating_source: 'VARCHAR',
  tariff_id: 'VARCHAR',
  tariff_version: 'INTEGER',
  charged_version: 'INTEGER',
  quantity: 'BIGINT',
  charged_quantity: 'BIGINT',
  expected: 'DECIMAL(18,6)',
  charged: 'DECIMAL(18,6)',
  impact: 'DECIMAL(18,6)',
  currency: 'VARCHAR',
  estimated: 'BOOLEAN',
  records: 'BIGINT',
  left_dataset: 'VARCHAR',
  left_id: 'VARCHAR',
  left_file: 'VARCHAR',
  left_offset: 'BIGINT',
  left_hash: 'VARCHAR',
  right_dataset: 'VARCHAR',
  right_id: 'VARCHAR',
  right_file: 'VARCHAR',
  right_offset: 'BIGINT',
  right_hash: 'VARCHAR',
};
