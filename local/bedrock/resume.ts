/** What happens to open calls when the caller comes back: with results, or with something else. */
import type { ActionGroup, Operation } from './agent.ts';
import { dependencyFailed, invalid } from './errors.ts';
import type { AgentEvent } from './events.ts';
import * as events from './events.ts';
import { isToolUse, type ToolResultBlock } from './model.ts';
import { matchResults, operationKey, type Pending } from './return-control.ts';
import { type Run, type TurnInput, traceIdOf } from './run.ts';
import { lambdaTool, toolResult } from './run-tool.ts';

/** The action group and operation behind a tool name. Throws ValidationException where the agent lost it. */
export function operationOf(
  run: Run,
  name: string,
): { group: Extract<ActionGroup, { kind: 'operations' }>; operation: Operation } {
  const tool = run.tools.get(name);
  if (tool?.kind !== 'operation') throw invalid(`the agent no longer has the tool ${name}`);
  return tool;
}

/** Turns the caller's results into tool results, in the order in which the model called. */
export async function* resume(
  run: Run,
  pending: Pending,
  input: Extract<TurnInput, { kind: 'results' }>,
): AsyncGenerator<AgentEvent, ToolResultBlock[]> {
  const keyOf = (name: string) => {
    const { group, operation } = operationOf(run, name);
    return { group: group.name, operation: operationKey(operation) };
  };
  const traceId = traceIdOf(run);
  const results = [...pending.done];
  for (const { call, result } of matchResults(pending, keyOf, input.invocationId, input.results)) {
    const { group, operation } = operationOf(run, call.tool);
    if (result.state === 'FAILURE') {
      throw dependencyFailed(
        `${keyOf(call.tool).operation} failed: ${result.text ?? 'no reason given'}`,
        group.name,
      );
    }
    if (result.confirmation === 'DENY') {
      const text = `The user denied this call.${result.text === undefined ? '' : ` ${result.text}`}`;
      yield events.actionOutput(traceId, text);
      results.push(toolResult(call.toolUseId, 'error', text));
    } else if (result.state === 'REPROMPT') {
      yield events.reprompt(traceId, 'ACTION_GROUP', result.text ?? '');
      results.push(toolResult(call.toolUseId, 'error', result.text ?? ''));
    } else if (call.mode === 'USER_CONFIRMATION') {
      results.push(yield* lambdaTool(run, group, operation, call.toolUseId, call.input));
    } else {
      yield events.actionOutput(traceId, result.text ?? '');
      results.push(toolResult(call.toolUseId, 'success', result.text ?? ''));
    }
  }
  return inOrderOfCalls(run, results);
}

function inOrderOfCalls(run: Run, results: readonly ToolResultBlock[]): ToolResultBlock[] {
  const order = (run.messages.at(-1)?.content ?? []).filter(isToolUse).map((use) => use.toolUse.toolUseId);
  return [...results].sort(
    (a, b) => order.indexOf(a.toolResult.toolUseId) - order.indexOf(b.toolResult.toolUseId),
  );
}

/** A new input while the caller has control: the calls it was given end without a result. */
export function abandoned(pending: Pending | undefined): ToolResultBlock[] {
  if (pending === undefined) return [];
  const text = 'The caller sent a new input instead of a result.';
  return [...pending.done, ...pending.open.map((call) => toolResult(call.toolUseId, 'error', text))];
}
