import type { Decision } from '#core/domain/case.ts';
import type { CaseStore } from '#core/ports/case-store.ts';

/** What the waiting execution is told; the result of its `request-approval` state. */
export type DecisionAnswer = Pick<
  Decision,
  'caseId' | 'proposalHash' | 'decisionId' | 'verdict' | 'reason' | 'decidedBy' | 'decidedAt'
>;

/** Without the comment: payloads carry what the machine needs, the store keeps what people wrote. */
export function answerOf(decision: Decision): DecisionAnswer {
  const { caseId, proposalHash, decisionId, verdict, reason, decidedBy, decidedAt } = decision;
  return { caseId, proposalHash, decisionId, verdict, reason, decidedBy, decidedAt };
}

/**
 * Sends every decision that was recorded and not told yet. `send` resolves when the execution has it, or when the
 * execution is gone (the token is not known any more); anything it throws leaves the decision for the next time.
 * Returns the number told, and the failures.
 */
export async function deliverDecisions(
  store: CaseStore,
  send: (taskToken: string, answer: DecisionAnswer) => Promise<void>,
): Promise<{ readonly delivered: number; readonly failures: readonly unknown[] }> {
  const failures: unknown[] = [];
  let delivered = 0;
  for (const { decision, taskToken } of await store.undeliveredDecisions()) {
    try {
      await send(taskToken, answerOf(decision));
      await store.markDelivered(decision.decisionId);
      delivered += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  return { delivered, failures };
}
