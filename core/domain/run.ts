import type { DatasetName } from './datasets.ts';
import type { FeedCoverage } from './feed.ts';
import type { MoneyJson } from './money.ts';
import type { ControlOutcome, ControlResult } from './outcome.ts';
import type { Dimension } from './violation.ts';

/** One file of the lake that a partition reads, named relative to the lake, with its content hash. */
export interface LakeFile {
  readonly dataset: DatasetName;
  readonly path: string;
  readonly rows: number;
  readonly sha256: string;
}

/** What a partition looks at. */
export const PARTITION_KINDS = ['usage-day', 'subscription-month', 'day-checks', 'month-checks'] as const;
export type PartitionKind = (typeof PARTITION_KINDS)[number];

/** A line of the plan file: what one invocation of the reconcile Lambda works on. */
export interface PartitionPlan {
  readonly runId: string;
  /**
   * `2026-10-14.b00` for a day and bucket, `2026-10.b00` for the subscriptions of a month, `2026-10-14.checks` and
   * `2026-10.checks` for the checks of a day or month.
   */
  readonly partitionId: string;
  readonly kind: PartitionKind;
  readonly period: string;
  /** The day; of a month its first day. */
  readonly dt: string;
  readonly bucket: number;
  /** Ids; of a control of the workspace `X01@` and the hash of its declaration and SQL. */
  readonly controls: readonly string[];
  readonly files: readonly LakeFile[];
  /** Slots that are missing for this partition: they turn the controls that need them inconclusive. */
  readonly missing: readonly { readonly dataset: DatasetName; readonly slots: readonly string[] }[];
}

/** Where every session of a partition ended: the buckets add up to the input, in records and in money. */
export interface Conservation {
  readonly sessions: number;
  readonly buckets: Readonly<Record<string, number>>;
  /** Usage records: `read` = `first` (one per session) + `further` (folded partials) + `duplicate` (sent again). */
  readonly records: Readonly<Record<'read' | 'first' | 'further' | 'duplicate', number>>;
  /** Decimal strings, six decimals. expected - charged = explained + residual, to the last digit. */
  readonly expected: string;
  readonly charged: string;
  readonly explained: string;
  readonly residual: string;
}

/** What one reconcile invocation writes as `result.json` beside its violations. */
export interface PartitionResult {
  readonly partitionId: string;
  readonly kind: PartitionPlan['kind'];
  readonly dt: string;
  readonly bucket: number;
  /** In which everything of this partition is counted. */
  readonly currency: string;
  readonly controls: readonly ControlResult[];
  readonly conservation: Conservation;
  /** Order-free digest of the violations and outcomes of this partition. */
  readonly digest: string;
  readonly violations: number;
}

/** A group of violations with one suspected root cause. Identity is stable from run to run. */
export interface Finding {
  /**
   * `f-` and 16 hex digits: hash of control, direction, symptom, segment and period; and of the first day where one
   * segment broke twice with clean days between (then from the second time on).
   */
  readonly findingId: string;
  readonly runId: string;
  readonly controlId: string;
  readonly period: string;
  readonly direction: 'under-charged' | 'over-charged';
  readonly symptom: string;
  /** The smallest description that fits: dimension = value, all of which hold for its violations. */
  readonly segment: Readonly<Partial<Record<Dimension, string>>>;
  readonly title: string;
  readonly violations: number;
  readonly records: number;
  readonly subscriptions: number;
  /** Signed: positive is a loss. */
  readonly impact: MoneyJson;
  readonly estimated: boolean;
  readonly firstEvent: string;
  readonly lastEvent: string;
  readonly material: boolean;
}

/** `manifest.json` of a run: enough to repeat it and to prove that nothing was lost. */
export interface RunManifest {
  readonly runId: string;
  readonly stateMachine: string;
  readonly period: string;
  readonly engineVersion: string;
  /** The database that computed it, such as `DuckDB v1.5.5`; absent in manifests from before it was written down. */
  readonly database?: string;
  readonly ruleVersions: Readonly<Record<string, string>>;
  readonly inputs: readonly {
    readonly dataset: DatasetName;
    readonly files: number;
    readonly rows: number;
    readonly sha256: string;
  }[];
  readonly coverage: readonly FeedCoverage[];
  readonly controls: readonly {
    readonly controlId: string;
    readonly title: string;
    readonly outcome: ControlOutcome;
    readonly partitions: Readonly<Record<ControlOutcome, number>>;
    readonly reasons: readonly string[];
    readonly violations: number;
    readonly underCharged: string;
    readonly overCharged: string;
  }[];
  readonly conservation: Conservation;
  readonly currency: string;
  readonly findings: number;
  readonly materialFindings: number;
  /** SHA-256 over outcomes and violations; independent of threads, buckets and row order. */
  readonly digest: string;
}

/** Where the files of a run stand, relative to the runs folder (on AWS: the runs bucket). */
export const RUN_FILES = {
  plan: 'plan.json',
  /** Declarations and SQL of the controls of the workspace that the run was planned with. Absent where there were none. */
  controls: 'controls.json',
  manifest: 'manifest.json',
  violations: 'violations.parquet',
  population: 'population.parquet',
  findings: 'findings.json',
  /** Columns finding_id, violation_id: each violation of the run once. */
  members: 'finding_members.parquet',
} as const;

/** Key of a file of a run in the run store. */
export function runKey(runId: string, file: keyof typeof RUN_FILES): string {
  return `runs/${runId}/${RUN_FILES[file]}`;
}

/** Files of one partition: `result.json`, and Parquet with its violations, its population and its counts at hops. */
export const PARTITION_FILES = {
  result: 'result.json',
  violations: 'violations.parquet',
  population: 'population.parquet',
  hops: 'hops.parquet',
  /** Only where records were matched by what they say: dataset, usage_id, other_id, rule, dt_ms, dq. */
  matches: 'matches.parquet',
} as const;

/** Key of a file of a partition in the run store. */
export function partitionKey(runId: string, partitionId: string, file: keyof typeof PARTITION_FILES): string {
  return `runs/${runId}/partitions/${partitionId}/${PARTITION_FILES[file]}`;
}
