import {
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { type DecisionRequest, decide as decideCase } from '#core/cases/decide.ts';
import { deliverDecisions } from '#core/cases/deliver.ts';
import { DEFAULT_APPROVAL_POLICY } from '#core/cases/policy.ts';
import type { Case, Decision } from '#core/domain/case.ts';
import { assertNever, PlumblineError } from '#core/domain/errors.ts';
import type { Host } from '../host.ts';
import { listExecutions } from './executions.ts';
import type { Stores } from './stores.ts';

/** Records a person's decision and tells the execution that waits for it. Throws what `decide` of core/cases throws. */
export async function decide(host: Host, request: DecisionRequest): Promise<Decision> {
  const { decision } = await decideCase(
    request,
    { cases: host.stores.cases, clock: host.stores.clock },
    DEFAULT_APPROVAL_POLICY,
  );
  await deliverPending(host.stores, host.sfn);
  return decision;
}

/** Tells every execution whose decision was recorded but not delivered, because a process died in between. */
export async function deliverPending(stores: Stores, sfn: SFNClient): Promise<number> {
  const { delivered, failures } = await deliverDecisions(stores.cases, (taskToken, answer) =>
    sendSuccess(sfn, taskToken, answer),
  );
  if (failures.length > 0) throw failures[0];
  return delivered;
}

/**
 * Resumes every execution that waits for a bill run: each reconciles its affected records again. Returns their cases.
 */
export async function releasePostings(stores: Stores, sfn: SFNClient): Promise<string[]> {
  const waits = await stores.cases.listWaits('posting');
  for (const wait of waits) {
    await sendSuccess(sfn, wait.taskToken, { caseId: wait.caseId, posted: true });
    await stores.cases.removeWait(wait);
  }
  return waits.map((wait) => wait.caseId);
}

/**
 * Waits until the case rests: it is closed, waits for a person or a bill run, or its investigation failed. Throws
 * EndpointUnreachable after the time-out.
 */
export async function settle(host: Host, caseId: string, timeoutSeconds = 120): Promise<Case> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const item = await host.stores.cases.findCase(caseId);
    if (!item) {
      throw new PlumblineError('CaseNotFound', {
        what: `There is no case ${caseId}`,
        next: 'plumbline cases list',
      });
    }
    if (!(await isMoving(host, item))) return item;
    if (performance.now() > deadline) {
      throw new PlumblineError('EndpointUnreachable', {
        what: `Case ${caseId} is still ${item.status} after ${timeoutSeconds} s`,
        next: 'plumbline runs resume',
        retryable: true,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** True while something of the case still runs that needs neither a person nor a bill run. */
async function isMoving({ stores, sfn }: Host, item: Case): Promise<boolean> {
  switch (item.status) {
    case 'closed':
      return false;
    case 'awaiting-decision':
      return (await stores.cases.pendingDecision(item.caseId)) === undefined;
    case 'remedying':
      return !(await stores.cases.listWaits('posting')).some((wait) => wait.caseId === item.caseId);
    case 'open':
    case 'investigating':
      return (await listExecutions(sfn, 'RUNNING')).some(
        (execution) => execution.stateMachine !== 'remediation',
      );
    default:
      return assertNever(item.status, 'case status');
  }
}

/** A token that is not known any more belongs to an execution that has moved on: it has been told. */
async function sendSuccess(sfn: SFNClient, taskToken: string, output: unknown): Promise<void> {
  try {
    await sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
  } catch (error) {
    const gone =
      error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (!gone) throw error;
  }
}
