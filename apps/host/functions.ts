import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { handlerWith as applyRemediation } from '#tools/apply-remediation/handler.ts';
import { handlerWith as awaitPosting } from '#tools/await-posting/handler.ts';
import { handlerWith as billingLookup } from '#tools/billing-lookup/handler.ts';
import { handlerWith as caseLookup } from '#tools/case-lookup/handler.ts';
import { handlerWith as closeCase } from '#tools/close-case/handler.ts';
import { handlerWith as closeUnfound } from '#tools/close-unfound/handler.ts';
import { handlerWith as contractReader } from '#tools/contract-reader/handler.ts';
import { handlerWith as invokeAgent } from '#tools/invoke-agent/handler.ts';
import { handlerWith as makeProposal } from '#tools/make-proposal/handler.ts';
import { handlerWith as mergeRun } from '#tools/merge-run/handler.ts';
import { handlerWith as openCase } from '#tools/open-case/handler.ts';
import { handlerWith as planRun } from '#tools/plan-run/handler.ts';
import { handlerWith as reconcile } from '#tools/reconcile/handler.ts';
import { handlerWith as requestApproval } from '#tools/request-approval/handler.ts';
import { handlerWith as ticketCreation } from '#tools/ticket-creation/handler.ts';
import { handlerWith as usageQuery } from '#tools/usage-query/handler.ts';
import { handlerWith as verifyExplanation } from '#tools/verify-explanation/handler.ts';
import { handlerWith as verifyRemediation } from '#tools/verify-remediation/handler.ts';
import { lookupPorts } from './lookup.ts';
import { functionArn } from './machines.ts';
import type { HostPorts } from './ports.ts';

/** A Lambda handler as AWS calls it. */
type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** Every tool of the product by name, wired to the ports of this host. */
function handlersOf(ports: HostPorts): Readonly<Record<string, Handler>> {
  return {
    'plan-run': planRun(ports),
    reconcile: reconcile(ports),
    'merge-run': mergeRun(ports),
    'open-case': openCase(ports),
    'invoke-agent': invokeAgent(ports),
    'verify-explanation': verifyExplanation(ports),
    'make-proposal': makeProposal(ports),
    'request-approval': requestApproval(ports),
    'apply-remediation': applyRemediation(ports),
    'await-posting': awaitPosting(ports),
    'verify-remediation': verifyRemediation(ports),
    'close-case': closeCase(ports),
    'close-unfound': closeUnfound(ports),
    'usage-query': usageQuery(ports),
    'billing-lookup': billingLookup(ports),
    'contract-reader': contractReader(ports),
    'ticket-creation': ticketCreation(ports),
    'case-lookup': caseLookup({ ...ports, ...lookupPorts(ports) }),
  } as Readonly<Record<string, Handler>>;
}

/**
 * The tools as tasks of the embedded cloud, by function ARN. Each call waits until the host is ready, because a
 * restarted cloud takes up its executions at once, before the agents are registered.
 */
export function tasksOf(
  ports: HostPorts,
  ready: Promise<unknown>,
): Record<string, (payload: unknown) => Promise<unknown>> {
  return Object.fromEntries(
    Object.entries(handlersOf(ports)).map(([name, handler]) => [
      functionArn(name),
      async (payload: unknown) => {
        await ready;
        return handler(payload, lambdaContext(name));
      },
    ]),
  );
}

/** What AWS passes to a Lambda beside its event. */
function lambdaContext(name: string): Context {
  const deadline = Date.now() + 900_000;
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn(name),
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
