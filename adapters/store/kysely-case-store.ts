import type { Kysely, Transaction } from 'kysely';
import type { Case, CaseEvent, CaseStatus, Decision, Evidence, Proposal } from '#core/domain/case.ts';
import { canonicalJson, type Json } from '#core/domain/hash.ts';
import type { Finding } from '#core/domain/run.ts';
import type {
  CaseChange,
  CaseOpening,
  CaseStore,
  DecisionRefusal,
  ItemMention,
  KeyOrder,
  PendingDecision,
  ProposalItem,
} from '#core/ports/case-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { TaskWait, TaskWaits, WaitKind } from '#core/ports/task-waits.ts';
import { appendEvent, type ChainReport, isRecorded, verifyChain } from './audit.ts';
import { applyChange, lastCaseOf, openCase, requireCase, requireVersion } from './cases.ts';
import { findPending, recordDecision, savePending } from './decisions.ts';
import { beginEffect, completeEffect } from './effects.ts';
import { itemMentions, orderedItems, ordersOnKeys, saveItems } from './orders.ts';
import { caseOf, eventOf, evidenceOf, type StoreTables } from './tables.ts';

/** Events that come with their own method, where what belongs to them is checked. */
const OWN_METHOD: readonly string[] = [
  'case-opened',
  'finding-updated',
  'decision-recorded',
  'decision-refused',
];

/** The case store over any database that Kysely speaks. Every write is one transaction. */
export class KyselyCaseStore implements CaseStore, TaskWaits {
  readonly #db: Kysely<StoreTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<StoreTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  openCase(finding: Finding, actor: string, opening: CaseOpening = {}) {
    return this.#write((trx, at) => openCase(trx, finding, actor, at, opening));
  }

  async findCase(caseId: string): Promise<Case | undefined> {
    const row = await this.#db
      .selectFrom('cases')
      .selectAll()
      .where('case_id', '=', caseId)
      .executeTakeFirst();
    return row && caseOf(row);
  }

  async caseOfFinding(findingId: string): Promise<Case | undefined> {
    const row = await lastCaseOf(this.#db, findingId);
    return row && caseOf(row);
  }

  async findFinding(findingId: string): Promise<Finding | undefined> {
    const row = await lastCaseOf(this.#db, findingId);
    return row && (JSON.parse(row.finding) as Finding);
  }

  async listCases(filter: { readonly status?: CaseStatus; readonly runId?: string } = {}): Promise<Case[]> {
    const { status, runId } = filter;
    let query = this.#db.selectFrom('cases').selectAll().orderBy('opened_at').orderBy('case_id');
    if (status !== undefined) query = query.where('status', '=', status);
    if (runId !== undefined) {
      query = query.where('case_id', 'in', (of) =>
        of.selectFrom('case_runs').select('case_id').where('run_id', '=', runId),
      );
    }
    return (await query.execute()).map(caseOf);
  }

  async changeCase(
    caseId: string,
    change: CaseChange,
    options: { readonly expectedVersion?: number; readonly dedupeKey?: string },
  ): Promise<Case> {
    if (OWN_METHOD.includes(change.kind)) throw new RangeError(`${change.kind} has a method of its own`);
    return this.#write(async (trx, at) => {
      const row = await requireCase(trx, caseId);
      const { dedupeKey } = options;
      if (dedupeKey !== undefined && (await isRecorded(trx, caseId, dedupeKey))) return caseOf(row);
      if (options.expectedVersion !== undefined) requireVersion(row, options.expectedVersion);
      return applyChange(trx, row, change, at, dedupeKey);
    });
  }

  hasHappened(caseId: string, dedupeKey: string): Promise<boolean> {
    return isRecorded(this.#db, caseId, dedupeKey);
  }

  async events(caseId?: string): Promise<CaseEvent[]> {
    let query = this.#db.selectFrom('events').selectAll().orderBy('sequence');
    if (caseId !== undefined) query = query.where('case_id', '=', caseId);
    return (await query.execute()).map(eventOf);
  }

  verifyChain(): Promise<ChainReport> {
    // In one transaction, so that a case that moves meanwhile is not taken for a broken chain.
    return this.#write((trx) => verifyChain(trx));
  }

  saveEvidence(evidence: readonly Evidence[]): Promise<void> {
    return this.#write(async (trx) => {
      for (const item of evidence) await insertEvidence(trx, item);
    });
  }

  async listEvidence(caseId: string): Promise<Evidence[]> {
    const rows = await this.#db
      .selectFrom('evidence')
      .selectAll()
      .where('case_id', '=', caseId)
      .orderBy('position')
      .execute();
    return rows.map(evidenceOf);
  }

  saveProposal(proposal: Proposal, items: readonly ProposalItem[] = []): Promise<void> {
    return this.#write(async (trx) => {
      await requireCase(trx, proposal.caseId);
      const last = await trx
        .selectFrom('proposals')
        .select('position')
        .where('case_id', '=', proposal.caseId)
        .orderBy('position', 'desc')
        .limit(1)
        .executeTakeFirst();
      await trx
        .insertInto('proposals')
        .values({
          proposal_hash: proposal.proposalHash,
          case_id: proposal.caseId,
          position: (last?.position ?? 0) + 1,
          body: canonicalJson(proposal),
        })
        .onConflict((conflict) => conflict.column('proposal_hash').doNothing())
        .execute();
      await saveItems(trx, proposal, items);
    });
  }

  itemMentions(items: readonly string[]): Promise<ItemMention[]> {
    return itemMentions(this.#db, items);
  }

  orderedItems(proposalHash: string): Promise<string[]> {
    return orderedItems(this.#db, proposalHash);
  }

  ordersOnKeys(gapKeys: readonly string[]): Promise<KeyOrder[]> {
    return ordersOnKeys(this.#db, gapKeys);
  }

  async findProposal(proposalHash: string): Promise<Proposal | undefined> {
    const row = await this.#db
      .selectFrom('proposals')
      .select('body')
      .where('proposal_hash', '=', proposalHash)
      .executeTakeFirst();
    return row && (JSON.parse(row.body) as Proposal);
  }

  async latestProposal(caseId: string): Promise<Proposal | undefined> {
    const row = await this.#db
      .selectFrom('proposals')
      .select('body')
      .where('case_id', '=', caseId)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && (JSON.parse(row.body) as Proposal);
  }

  savePendingDecision(pending: PendingDecision): Promise<void> {
    return this.#write((trx) => savePending(trx, pending));
  }

  pendingDecision(caseId: string): Promise<PendingDecision | undefined> {
    return findPending(this.#db, caseId);
  }

  recordDecision(decision: Decision, taskToken: string, changes: readonly CaseChange[]): Promise<Case> {
    return this.#write((trx, at) => recordDecision(trx, decision, taskToken, changes, at));
  }

  recordRefusal(refusal: DecisionRefusal): Promise<void> {
    return this.#write(async (trx, at) => {
      const row = await trx
        .selectFrom('cases')
        .select('version')
        .where('case_id', '=', refusal.caseId)
        .executeTakeFirst();
      const caseVersion = row?.version ?? 0;
      await appendEvent(trx, { ...refusal, caseVersion, kind: 'decision-refused', at });
    });
  }

  async listDecisions(caseId: string): Promise<Decision[]> {
    const rows = await this.#db
      .selectFrom('decisions')
      .select('body')
      .where('case_id', '=', caseId)
      .orderBy('position')
      .execute();
    return rows.map((row) => JSON.parse(row.body) as Decision);
  }

  async undeliveredDecisions(): Promise<{ decision: Decision; taskToken: string }[]> {
    const rows = await this.#db
      .selectFrom('decisions')
      .select(['body', 'task_token'])
      .where('delivered_at', 'is', null)
      .orderBy('case_id')
      .orderBy('position')
      .execute();
    return rows.map((row) => ({ decision: JSON.parse(row.body), taskToken: row.task_token }));
  }

  markDelivered(decisionId: string): Promise<void> {
    return this.#write(async (trx, at) => {
      await trx
        .updateTable('decisions')
        .set({ delivered_at: at })
        .where('decision_id', '=', decisionId)
        .execute();
    });
  }

  beginEffect(key: string, input: Json): Promise<{ first: boolean; result: Json | null }> {
    return this.#write((trx, at) => beginEffect(trx, key, input, at));
  }

  completeEffect(key: string, result: Json): Promise<void> {
    return this.#write((trx, at) => completeEffect(trx, key, result, at));
  }

  saveWait(wait: TaskWait): Promise<void> {
    return this.#write(async (trx, at) => {
      const { kind, caseId, taskToken } = wait;
      await trx.deleteFrom('task_waits').where('kind', '=', kind).where('case_id', '=', caseId).execute();
      await trx
        .insertInto('task_waits')
        .values({ kind, case_id: caseId, task_token: taskToken, saved_at: at })
        .execute();
    });
  }

  async listWaits(kind: WaitKind): Promise<TaskWait[]> {
    const rows = await this.#db
      .selectFrom('task_waits')
      .selectAll()
      .where('kind', '=', kind)
      .orderBy('saved_at')
      .orderBy('case_id')
      .execute();
    return rows.map((row) => ({ kind: row.kind, caseId: row.case_id, taskToken: row.task_token }));
  }

  removeWait(wait: TaskWait): Promise<void> {
    return this.#write(async (trx) => {
      await trx
        .deleteFrom('task_waits')
        .where('kind', '=', wait.kind)
        .where('case_id', '=', wait.caseId)
        .where('task_token', '=', wait.taskToken)
        .execute();
    });
  }

  /** Closes the database. */
  close(): Promise<void> {
    return this.#db.destroy();
  }

  #write<T>(change: (trx: Transaction<StoreTables>, at: string) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute((trx) => change(trx, new Date(this.#clock.now()).toISOString()));
  }
}

async function insertEvidence(trx: Transaction<StoreTables>, item: Evidence): Promise<void> {
  const last = await trx
    .selectFrom('evidence')
    .select('position')
    .where('case_id', '=', item.caseId)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  await trx
    .insertInto('evidence')
    .values({
      case_id: item.caseId,
      evidence_id: item.evidenceId,
      position: (last?.position ?? 0) + 1,
      tool: item.tool,
      input: canonicalJson(item.input),
      content: canonicalJson(item.content),
      hash: item.hash,
    })
    .onConflict((conflict) => conflict.columns(['case_id', 'evidence_id']).doNothing())
    .execute();
}
