import type { Case, CaseEvent } from '#core/domain/case.ts';
import type { Finding, RunManifest } from '#core/domain/run.ts';

/** Violations of one control and symptom in a run. */
export interface ViolationSum {
  readonly controlId: string;
  readonly symptom: string;
  readonly grain: string;
  /** Where in the chain from network to bill its control looks. */
  readonly stage: string;
  readonly violations: number;
  readonly records: number;
  /** Millionths: sum of the impacts without their signs. */
  readonly absolute: bigint;
}

/** Percentiles of a lag, in milliseconds; null where no record says it. */
export interface Lag {
  readonly hop: 'event to mediation' | 'event to rated' | 'event to billed' | 'event to reconciled';
  readonly records: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Records of usage files over the period of a run. */
export interface HopFacts {
  /** As the network declared them. */
  readonly declared: number;
  /** Of these received or rejected with a reason; of each file at most what it declared. */
  readonly accounted: number;
  /** Rejected, declared or not. */
  readonly quarantined: number;
}

/** Everything that KPIs are computed from: what a run wrote, the lake it read, and the cases. */
export interface KpiFacts {
  readonly manifest: RunManifest;
  readonly findings: readonly Finding[];
  readonly sums: readonly ViolationSum[];
  readonly hop: HopFacts;
  readonly lags: readonly Lag[];
  /** Sessions with usage whose money was looked at. */
  readonly sessions: number;
  /** Subscriptions whose month was looked at. */
  readonly subscriptions: number;
  /** Accounts billed in the period, and those of them with a wrong charge of a session or a fee. */
  readonly accounts: { readonly billed: number; readonly wrong: number };
  readonly cases: readonly Case[];
  readonly events: readonly CaseEvent[];
  /** Ids of all controls that there are. */
  readonly catalogue: readonly string[];
}
