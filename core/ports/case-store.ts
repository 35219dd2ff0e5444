import type {
  Case,
  CaseEvent,
  CaseEventKind,
  CaseResolution,
  CaseStatus,
  Decision,
  Evidence,
  MoneyStates,
  Proposal,
} from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { Finding } from '#core/domain/run.ts';

/** A change to a case: one event, and the fields that it sets. */
export interface CaseChange {
  readonly kind: CaseEventKind;
  readonly actor: string;
  readonly data: Json;
  readonly status?: CaseStatus;
  readonly resolution?: CaseResolution;
  readonly money?: MoneyStates;
  readonly owner?: string;
}

/** A proposal that waits for a person, with the task token that resumes its execution. */
export interface PendingDecision {
  readonly caseId: string;
  readonly proposalHash: string;
  readonly taskToken: string;
  readonly requestedAt: string;
}

/** Cases, evidence, proposals, decisions and audit behind one port: SQLite on a laptop, PostgreSQL on AWS. */
export interface CaseStore {
  /** Opens the case of a finding, or brings the open one up to date. The same finding of the same run changes nothing. */
  openCase(
    finding: Finding,
    actor: string,
  ): Promise<{ readonly case: Case; readonly change: 'opened' | 'updated' | 'unchanged' }>;
  findCase(caseId: string): Promise<Case | undefined>;
  findFinding(findingId: string): Promise<Finding | undefined>;
  listCases(filter?: { readonly status?: CaseStatus; readonly runId?: string }): Promise<Case[]>;
  /**
   * Appends one event and applies its change in one transaction. Throws VersionMoved when `expectedVersion`
   * is not the case's version. `dedupeKey` makes a repeated call (a retried task) return the case unchanged.
   */
  changeCase(
    caseId: string,
    change: CaseChange,
    options: { readonly expectedVersion?: number; readonly dedupeKey?: string },
  ): Promise<Case>;
  events(caseId?: string): Promise<CaseEvent[]>;
  /** Recomputes the hash chain. */
  verifyChain(): Promise<{
    readonly ok: boolean;
    readonly events: number;
    readonly head: string;
    readonly brokenAt?: number;
  }>;

  saveEvidence(evidence: readonly Evidence[]): Promise<void>;
  listEvidence(caseId: string): Promise<Evidence[]>;

  saveProposal(proposal: Proposal): Promise<void>;
  findProposal(proposalHash: string): Promise<Proposal | undefined>;
  latestProposal(caseId: string): Promise<Proposal | undefined>;

  savePendingDecision(pending: PendingDecision): Promise<void>;
  pendingDecision(caseId: string): Promise<PendingDecision | undefined>;
  /**
   * Records the decision, its event and the removal of the pending one in one transaction that also checks
   * version, hash and that it is still awaited. Called only by `decide` in core/cases.
   */
  recordDecision(decision: Decision, taskToken: string): Promise<Case>;
  /** Decisions whose execution has not been told yet (the process may have died in between). */
  undeliveredDecisions(): Promise<readonly { readonly decision: Decision; readonly taskToken: string }[]>;
  markDelivered(decisionId: string): Promise<void>;

  /** Records that an effect is about to happen; false when the key is known, with the stored result. */
  beginEffect(key: string, input: Json): Promise<{ readonly first: boolean; readonly result: Json | null }>;
  completeEffect(key: string, result: Json): Promise<void>;
}
