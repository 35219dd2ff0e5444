/** Runs one tool call: an action-group Lambda or a knowledge base search. */
import type { ActionGroup, Operation } from './agent.ts';
import { numberPassages } from './citations.ts';
import { dependencyFailed, invalid } from './errors.ts';
import type { AgentEvent } from './events.ts';
import * as events from './events.ts';
import { functionEvent, readFunctionReply } from './function-event.ts';
import type { JsonObject, ToolResultBlock } from './model.ts';
import { guarded, type Run, traceIdOf } from './run.ts';

export const toolResult = (
  toolUseId: string,
  status: 'success' | 'error',
  text: string,
): ToolResultBlock => ({ toolResult: { toolUseId, status, content: [{ text }] } });

/**
 * Invokes the action group's Lambda. Its `FAILURE`, a thrown error and an answer that is too large or malformed
 * end the turn with dependencyFailedException; `REPROMPT` goes to the model as an error.
 * Session attributes that the Lambda returns replace the session's.
 */
export async function* lambdaTool(
  run: Run,
  group: Extract<ActionGroup, { kind: 'operations' }>,
  operation: Operation,
  toolUseId: string,
  input: JsonObject,
): AsyncGenerator<AgentEvent, ToolResultBlock> {
  if (group.executor.kind !== 'lambda') throw invalid(`action group ${group.name} has no Lambda`);
  const { arn } = group.executor;
  const traceId = traceIdOf(run);
  yield events.actionInput(traceId, group.name, operation, input, { executionType: 'LAMBDA' });
  const event = functionEvent({
    agent: run.agent,
    sessionId: run.sessionId,
    inputText: run.inputText,
    group: group.name,
    operation,
    input,
    sessionAttributes: run.sessionAttributes,
    promptSessionAttributes: run.promptSessionAttributes,
  });
  const answer = await guarded(run, `Lambda function ${arn}`, arn, () =>
    run.ports.invokeFunction(arn, event, {
      sourceArn: run.agent.agentArn,
      agentId: run.agent.agentId,
      sessionId: run.sessionId,
      signal: run.signal,
    }),
  );
  const reply = readFunctionReply(arn, group.name, operation, answer);
  run.sessionAttributes = reply.sessionAttributes ?? run.sessionAttributes;
  run.promptSessionAttributes = reply.promptSessionAttributes ?? run.promptSessionAttributes;
  if (reply.state === 'FAILURE') {
    throw dependencyFailed(`Lambda function ${arn} reported FAILURE: ${reply.text}`, arn);
  }
  if (reply.state === 'REPROMPT') {
    yield events.reprompt(traceId, 'ACTION_GROUP', reply.text);
    return toolResult(toolUseId, 'error', reply.text);
  }
  yield events.actionOutput(traceId, reply.text);
  return toolResult(toolUseId, 'success', reply.text);
}

/** Searches a knowledge base; the passages get the next free numbers of this turn. */
export async function* knowledgeBaseTool(
  run: Run,
  knowledgeBaseId: string,
  toolUseId: string,
  query: string,
): AsyncGenerator<AgentEvent, ToolResultBlock> {
  const traceId = traceIdOf(run);
  const { search } = run.ports;
  if (search === undefined) throw invalid(`knowledge base ${knowledgeBaseId} cannot be searched here`);
  yield events.searchInput(traceId, knowledgeBaseId, query);
  const found = await guarded(run, `Knowledge base ${knowledgeBaseId}`, knowledgeBaseId, () =>
    search(knowledgeBaseId, query, run.signal),
  );
  yield events.searchOutput(traceId, found);
  const text = numberPassages(found, run.references.length);
  run.references.push(...found);
  return toolResult(toolUseId, 'success', text);
}
