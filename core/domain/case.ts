import type { Json } from './hash.ts';
import type { MoneyJson } from './money.ts';

/** Few stored statuses; everything else on screen is derived. */
export const CASE_STATUSES = ['open', 'investigating', 'awaiting-decision', 'remedying', 'closed'] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];

/** How a closed case ended. Separate from status. */
export const CASE_RESOLUTIONS = [
  'recovered',
  'partly-recovered',
  'not-recovered',
  'rejected',
  'false-positive',
  'expired',
  'no-longer-found',
  'explained-by-timing',
] as const;
export type CaseResolution = (typeof CASE_RESOLUTIONS)[number];

/**
 * Where the money of a case stands. Every amount is signed as an impact is (positive: a loss to the operator,
 * negative: owed back to customers). `potential` is what the control found; `confirmed` what a person approved;
 * `recovered` what verification saw move; `unrecoverable` what was given up.
 */
export interface MoneyStates {
  readonly potential: MoneyJson;
  readonly confirmed: MoneyJson;
  readonly recovered: MoneyJson;
  readonly unrecoverable: MoneyJson;
}

/**
 * A finding under investigation. `version` grows by one with every event except a refused decision, which changes
 * nothing that was shown; writes name the version that they saw.
 */
export interface Case {
  /**
   * `C-` and 8 hex digits of the finding's hash: stable, so that a second run updates the case it opened. A case that
   * follows a decided one of the same finding has its number behind it: `C-…-2`.
   */
  readonly caseId: string;
  readonly version: number;
  readonly findingId: string;
  readonly runId: string;
  readonly controlId: string;
  readonly period: string;
  readonly title: string;
  readonly status: CaseStatus;
  readonly resolution: CaseResolution | null;
  readonly owner: string | null;
  readonly money: MoneyStates;
  readonly openedAt: string;
  readonly updatedAt: string;
}

/** What happened to a case, append-only and hash-chained over all cases. */
export const CASE_EVENT_KINDS = [
  'case-opened',
  'finding-updated',
  'investigation-started',
  'investigation-completed',
  'proposal-made',
  'decision-requested',
  'decision-recorded',
  'decision-refused',
  'remedy-applied',
  'remedy-verified',
  'verdict-recorded',
  'comment-added',
  'case-assigned',
  'case-closed',
] as const;
export type CaseEventKind = (typeof CASE_EVENT_KINDS)[number];

export interface CaseEvent {
  /** Position in the audit chain, from 1. */
  readonly sequence: number;
  readonly caseId: string;
  readonly caseVersion: number;
  readonly kind: CaseEventKind;
  readonly at: string;
  /** A person's name, or `agent:<name>`, or `system`. */
  readonly actor: string;
  readonly data: Json;
  readonly previousHash: string;
  readonly hash: string;
}

/** What a tool showed: the reply itself, named by its hash, so that a claim can cite it and anybody can check it. */
export interface Evidence {
  /** `ev-` and 12 hex digits of the hash of the content. */
  readonly evidenceId: string;
  readonly caseId: string;
  readonly tool: string;
  readonly input: Json;
  readonly content: Json;
  readonly hash: string;
}

/** One sentence of an explanation, with what it rests on. */
export interface Claim {
  readonly text: string;
  readonly evidenceIds: readonly string[];
}

/** A claim that did not survive the check, and why: shown, never hidden. */
export interface RemovedClaim extends Claim {
  readonly reason: string;
}

/** A query of a read tool, as far as it says what was asked. */
export interface HypothesisQuery {
  readonly tool: string;
  /** The closed question, of a look-up its subject; of contract-reader the clause type, or the free question. */
  readonly question: string;
  /** What the records were narrowed to, as the tool takes it; left out where they were not. */
  readonly within?: string;
}

/** A cause that was considered. Rejected ones are kept, with the query that spoke against them. */
export interface Hypothesis {
  readonly cause: string;
  readonly verdict: 'supported' | 'rejected' | 'undecided';
  /** What would refute it, and what was found. */
  readonly test: string;
  /** The query whose reply would refute it. Its result is among the evidence cited; without it nothing is decided. */
  readonly refutedBy?: HypothesisQuery;
  readonly evidenceIds: readonly string[];
}

/** The closed list of remedies. */
export const REMEDIES = [
  'rebill-adjustment',
  'credit-note',
  'suspense-reprocessing',
  'provisioning-fix',
  'tariff-change-request',
  'ticket-only',
] as const;
export type Remedy = (typeof REMEDIES)[number];

/** What an agent returns: which remedy and why. It holds no amounts: code takes those from the finding. */
export interface AgentConclusion {
  readonly causeFound: boolean;
  readonly cause: string;
  readonly hypotheses: readonly Hypothesis[];
  readonly claims: readonly Claim[];
  readonly remedy: Remedy;
  /** Text of the trouble ticket, drafted with ticket-creation. */
  readonly ticket: { readonly name: string; readonly description: string };
  /** Change of the change log that coincides, where there is one. */
  readonly changeId: string | null;
  /** Who answered, such as `playbook/investigator` (no model was used) or a model id. */
  readonly answeredBy: string;
}

/** One adjustment to one account item, computed by code from one violation. */
export interface AdjustmentItem {
  readonly violationId: string;
  readonly key: string;
  readonly subscriptionId: string;
  readonly accountId: string;
  /** Signed as on a bill: positive is charged to the customer, negative is credited. */
  readonly amount: MoneyJson;
}

/** What a person is asked to approve. `proposalHash` covers all other fields; the decision binds to it. */
export interface Proposal {
  readonly proposalId: string;
  readonly caseId: string;
  readonly caseVersion: number;
  readonly proposedBy: string;
  readonly remedy: Remedy;
  readonly summary: string;
  readonly explanation: { readonly claims: readonly Claim[]; readonly removed: readonly RemovedClaim[] };
  readonly hypotheses: readonly Hypothesis[];
  /** Empty where no cause was found. */
  readonly cause: string;
  readonly changeId: string | null;
  /** Number of adjustments, their total, and the hash and place of the full list (a file of the run). */
  readonly adjustments: {
    readonly count: number;
    readonly total: MoneyJson;
    readonly file: string;
    readonly sha256: string;
  };
  readonly ticket: { readonly name: string; readonly description: string };
  readonly proposalHash: string;
}

/** Reasons from a closed list; a free text goes with each. */
export const DECISION_REASONS = [
  'evidence-sufficient',
  'false-positive',
  'cause-not-proved',
  'amount-wrong',
  'not-recoverable',
  'within-policy',
] as const;
export type DecisionReason = (typeof DECISION_REASONS)[number];

/** A person's decision on exactly one proposal. */
export interface Decision {
  readonly decisionId: string;
  readonly caseId: string;
  readonly caseVersion: number;
  readonly proposalHash: string;
  readonly verdict: 'approved' | 'rejected';
  readonly reason: DecisionReason;
  readonly comment: string;
  readonly decidedBy: string;
  readonly decidedAt: string;
}
