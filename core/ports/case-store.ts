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
import type { MoneyJson } from '#core/domain/money.ts';
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

/** What a proposal says of one violation of its finding. Names of items and keys: `core/cases/orders.ts`. */
export interface ProposalItem {
  readonly item: string;
  readonly gapKey: string;
  /** Minor units that are to be ordered; null where the violation gets no adjustment. */
  readonly amount: string | null;
  /** Gap of the key as the run found it, over all controls: a signed decimal. */
  readonly gap: string;
}

/** An item in a proposal of a case, and how far that has come. */
export interface ItemMention {
  readonly item: string;
  readonly caseId: string;
  readonly findingId: string;
  readonly amount: string | null;
  /** This proposal was approved and holds the item. */
  readonly ordered: boolean;
  /** This proposal was approved or rejected. */
  readonly decided: boolean;
  /** This proposal waits for its decision. */
  readonly awaited: boolean;
}

/** An order of an amount on a key. */
export interface KeyOrder {
  readonly caseId: string;
  readonly proposalHash: string;
  readonly gapKey: string;
  /** Minor units. */
  readonly amount: string;
  readonly gap: string;
}

/** A decision that was refused. The case need not exist: an attempt on an unknown one is recorded too. */
export interface DecisionRefusal {
  readonly caseId: string;
  readonly actor: string;
  readonly data: Json;
}

/** How a case is opened, where it is not simply the case of its finding. */
export interface CaseOpening {
  /** What may still be asked for: the finding without what other cases have. The whole finding where it is left out. */
  readonly potential?: MoneyJson;
  /** The decided case of the finding that a new case is to follow. */
  readonly successorOf?: string;
}

/** Cases, evidence, proposals, decisions and audit behind one port: SQLite on a laptop, PostgreSQL on AWS. */
export interface CaseStore {
  /**
   * Opens the case of a finding, or brings the open one up to date: its potential money follows the finding, and a
   * decision that was awaited is asked for anew (`open` again, nothing pending). The same finding changes nothing.
   * A case that is being remedied or closed keeps its status and money; only the finding is brought up to date. Where
   * it is `successorOf`, a new case with the next number is opened instead, once: its opening names its predecessor.
   */
  openCase(
    finding: Finding,
    actor: string,
    opening?: CaseOpening,
  ): Promise<{ readonly case: Case; readonly change: 'opened' | 'updated' | 'unchanged' }>;
  findCase(caseId: string): Promise<Case | undefined>;
  /** The last case of a finding. */
  caseOfFinding(findingId: string): Promise<Case | undefined>;
  /** A finding as its last case has it. */
  findFinding(findingId: string): Promise<Finding | undefined>;
  /** Cases, oldest first. `runId` is any run that found the case, not only the last. */
  listCases(filter?: { readonly status?: CaseStatus; readonly runId?: string }): Promise<Case[]>;
  /**
   * Appends one event and applies its change in one transaction. Throws VersionMoved when `expectedVersion`
   * is not the case's version. `dedupeKey` makes a repeated call (a retried task) return the case unchanged.
   * A pending decision goes when the status leaves `awaiting-decision`. Decisions and openings have methods of
   * their own and are refused here with a RangeError.
   */
  changeCase(
    caseId: string,
    change: CaseChange,
    options: { readonly expectedVersion?: number; readonly dedupeKey?: string },
  ): Promise<Case>;
  /** True when a change of the case was made under this `dedupeKey`. */
  hasHappened(caseId: string, dedupeKey: string): Promise<boolean>;
  events(caseId?: string): Promise<CaseEvent[]>;
  /** Recomputes the hash chain, and that no case is ahead of its events. `brokenAt` is the first bad sequence. */
  verifyChain(): Promise<{
    readonly ok: boolean;
    readonly events: number;
    readonly head: string;
    readonly brokenAt?: number;
  }>;

  saveEvidence(evidence: readonly Evidence[]): Promise<void>;
  listEvidence(caseId: string): Promise<Evidence[]>;

  /** Saves a proposal with what it says of each violation; one that is decided must name what it orders. */
  saveProposal(proposal: Proposal, items?: readonly ProposalItem[]): Promise<void>;
  /** Where these items are mentioned, in proposals of all cases. */
  itemMentions(items: readonly string[]): Promise<ItemMention[]>;
  /** The items that an approved proposal holds. An item is held by one proposal, for good. */
  orderedItems(proposalHash: string): Promise<string[]>;
  /** All orders on these keys, first approved first: everybody sees them in the same order. */
  ordersOnKeys(gapKeys: readonly string[]): Promise<KeyOrder[]>;
  findProposal(proposalHash: string): Promise<Proposal | undefined>;
  latestProposal(caseId: string): Promise<Proposal | undefined>;

  /**
   * Saves what a person is asked to decide; the case must be awaiting a decision (NotAwaitingDecision otherwise).
   * A repeated request replaces the task token. Where the proposal is decided already, the decision is queued for
   * delivery to the new token.
   */
  savePendingDecision(pending: PendingDecision): Promise<void>;
  pendingDecision(caseId: string): Promise<PendingDecision | undefined>;
  /**
   * Records the decision, its changes and the removal of the pending one in one transaction that also checks
   * version, hash and that it is still awaited. An approval claims every item that the proposal orders: AlreadyOrdered
   * where another one holds one of them, ProposalMismatch where they are not as many as it says. The first change is `decision-recorded`. Called only by `decide`
   * in core/cases.
   */
  recordDecision(decision: Decision, taskToken: string, changes: readonly CaseChange[]): Promise<Case>;
  /** Appends a `decision-refused` event. The version does not move: nothing that was shown has changed. */
  recordRefusal(refusal: DecisionRefusal): Promise<void>;
  /** Decisions on a case, oldest first. */
  listDecisions(caseId: string): Promise<Decision[]>;
  /** Decisions whose execution has not been told yet (the process may have died in between). */
  undeliveredDecisions(): Promise<readonly { readonly decision: Decision; readonly taskToken: string }[]>;
  markDelivered(decisionId: string): Promise<void>;

  /**
   * Records that an effect is about to happen; false when the key is known, with the stored result.
   * Throws EffectInDoubt when the key is known with another input.
   */
  beginEffect(key: string, input: Json): Promise<{ readonly first: boolean; readonly result: Json | null }>;
  completeEffect(key: string, result: Json): Promise<void>;
}
