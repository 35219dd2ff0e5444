import type { Selectable } from 'kysely';
import type {
  Case,
  CaseEvent,
  CaseEventKind,
  CaseResolution,
  CaseStatus,
  Evidence,
} from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { WaitKind } from '#core/ports/task-waits.ts';

/** JSON columns are text in canonical form on every database, so that hashes can be recomputed from what is stored. */
type JsonText = string;

export interface CasesTable {
  case_id: string;
  version: number;
  finding_id: string;
  /** From 1: the cases of a finding, one after the other. */
  sequence: number;
  run_id: string;
  control_id: string;
  period: string;
  title: string;
  status: CaseStatus;
  resolution: CaseResolution | null;
  owner: string | null;
  money: JsonText;
  finding: JsonText;
  opened_at: string;
  updated_at: string;
}

/** Which runs found a case: a case found again unchanged belongs to both runs. */
export interface CaseRunsTable {
  case_id: string;
  run_id: string;
}

export interface EventsTable {
  sequence: number;
  case_id: string;
  case_version: number;
  kind: CaseEventKind;
  at: string;
  actor: string;
  data: JsonText;
  previous_hash: string;
  hash: string;
  dedupe_key: string | null;
}

export interface EvidenceTable {
  case_id: string;
  evidence_id: string;
  position: number;
  tool: string;
  input: JsonText;
  content: JsonText;
  hash: string;
}

export interface ProposalsTable {
  proposal_hash: string;
  case_id: string;
  position: number;
  body: JsonText;
}

export interface PendingDecisionsTable {
  case_id: string;
  proposal_hash: string;
  task_token: string;
  requested_at: string;
}

export interface DecisionsTable {
  decision_id: string;
  case_id: string;
  proposal_hash: string;
  position: number;
  body: JsonText;
  task_token: string;
  delivered_at: string | null;
}

export interface EffectsTable {
  key: string;
  input: JsonText;
  result: JsonText | null;
  begun_at: string;
  completed_at: string | null;
}

export interface TaskWaitsTable {
  kind: WaitKind;
  case_id: string;
  task_token: string;
  saved_at: string;
}

/** What a proposal says of each violation of its finding; without an amount it orders nothing. */
export interface ProposalItemsTable {
  proposal_hash: string;
  item: string;
  case_id: string;
  gap_key: string;
  amount: string | null;
  gap: string;
}

/** The ledger: which proposal holds an item. Never removed: what was sent may be posted at any time. */
export interface OrdersTable {
  item: string;
  proposal_hash: string;
  case_id: string;
  gap_key: string;
  amount: string;
  gap: string;
  position: number;
}

export interface StoreTables {
  cases: CasesTable;
  case_runs: CaseRunsTable;
  events: EventsTable;
  evidence: EvidenceTable;
  proposals: ProposalsTable;
  pending_decisions: PendingDecisionsTable;
  decisions: DecisionsTable;
  effects: EffectsTable;
  task_waits: TaskWaitsTable;
  proposal_items: ProposalItemsTable;
  orders: OrdersTable;
}

export function caseOf(row: Selectable<CasesTable>): Case {
  return {
    caseId: row.case_id,
    version: row.version,
    findingId: row.finding_id,
    runId: row.run_id,
    controlId: row.control_id,
    period: row.period,
    title: row.title,
    status: row.status,
    resolution: row.resolution,
    owner: row.owner,
    money: JSON.parse(row.money),
    openedAt: row.opened_at,
    updatedAt: row.updated_at,
  };
}

export function eventOf(row: Selectable<EventsTable>): CaseEvent {
  return {
    sequence: row.sequence,
    caseId: row.case_id,
    caseVersion: row.case_version,
    kind: row.kind,
    at: row.at,
    actor: row.actor,
    data: JSON.parse(row.data) as Json,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

export function evidenceOf(row: Selectable<EvidenceTable>): Evidence {
  return {
    evidenceId: row.evidence_id,
    caseId: row.case_id,
    tool: row.tool,
    input: JSON.parse(row.input) as Json,
    content: JSON.parse(row.content) as Json,
    hash: row.hash,
  };
}
