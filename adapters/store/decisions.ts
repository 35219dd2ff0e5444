import type { Kysely } from 'kysely';
import type { Case, Decision } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { canonicalJson } from '#core/domain/hash.ts';
import type { CaseChange, PendingDecision } from '#core/ports/case-store.ts';
import { applyChange, requireCase, requireVersion } from './cases.ts';
import { claimOrders } from './orders.ts';
import { caseOf, type StoreTables } from './tables.ts';

type Database = Kysely<StoreTables>;

/** Saves or replaces what a case waits for; see the port. The caller holds a transaction. */
export async function savePending(trx: Database, pending: PendingDecision): Promise<void> {
  const row = await requireCase(trx, pending.caseId);
  const decided = await trx
    .updateTable('decisions')
    .set({ task_token: pending.taskToken, delivered_at: null })
    .where('proposal_hash', '=', pending.proposalHash)
    .where('case_id', '=', pending.caseId)
    .executeTakeFirst();
  if (decided.numUpdatedRows > 0n) return;
  if (row.status !== 'awaiting-decision') throw notAwaiting(pending.caseId, `it is ${row.status}`);
  await trx.deleteFrom('pending_decisions').where('case_id', '=', pending.caseId).execute();
  await trx
    .insertInto('pending_decisions')
    .values({
      case_id: pending.caseId,
      proposal_hash: pending.proposalHash,
      task_token: pending.taskToken,
      requested_at: pending.requestedAt,
    })
    .execute();
}

/** What a case waits for, if it does. */
export async function findPending(db: Database, caseId: string): Promise<PendingDecision | undefined> {
  const row = await db
    .selectFrom('pending_decisions')
    .selectAll()
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    caseId: row.case_id,
    proposalHash: row.proposal_hash,
    taskToken: row.task_token,
    requestedAt: row.requested_at,
  };
}

/** Records a decision with its changes; see the port. The caller holds a transaction. */
export async function recordDecision(
  trx: Database,
  decision: Decision,
  taskToken: string,
  changes: readonly CaseChange[],
  at: string,
): Promise<Case> {
  if (changes[0]?.kind !== 'decision-recorded') {
    throw new RangeError('The first change of a decision is decision-recorded');
  }
  let row = await requireCase(trx, decision.caseId);
  const pending = await findPending(trx, decision.caseId);
  if (!pending) throw notAwaiting(decision.caseId, 'nothing is pending');
  requireVersion(row, decision.caseVersion);
  if (pending.proposalHash !== decision.proposalHash) throw otherProposal(decision, pending.proposalHash);
  if (pending.taskToken !== taskToken) throw notAwaiting(decision.caseId, 'it was requested anew');
  if (decision.verdict === 'approved') await claimOrders(trx, decision);
  await trx
    .insertInto('decisions')
    .values({
      decision_id: decision.decisionId,
      case_id: decision.caseId,
      proposal_hash: decision.proposalHash,
      position: row.version,
      body: canonicalJson(decision),
      task_token: taskToken,
      delivered_at: null,
    })
    .execute();
  await trx.deleteFrom('pending_decisions').where('case_id', '=', decision.caseId).execute();
  for (const change of changes) {
    await applyChange(trx, row, change, at);
    row = await requireCase(trx, decision.caseId);
  }
  return caseOf(row);
}

function notAwaiting(caseId: string, why: string): PlumblineError {
  return new PlumblineError('NotAwaitingDecision', {
    what: `Case ${caseId} does not wait for a decision`,
    why,
    next: `plumbline cases show ${caseId}`,
  });
}

function otherProposal(decision: Decision, pendingHash: string): PlumblineError {
  return new PlumblineError('ProposalMismatch', {
    what: `Case ${decision.caseId} waits for a decision on another proposal`,
    where: `${pendingHash.slice(0, 12)}, not ${decision.proposalHash.slice(0, 12)}`,
    next: `plumbline cases show ${decision.caseId}`,
  });
}
