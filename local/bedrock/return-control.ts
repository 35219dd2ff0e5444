/** Return of control: what is handed to the caller, and how its results are matched to what was asked. */
import type { Operation } from './agent.ts';
import { invalid } from './errors.ts';
import { MAX_REPLY_BYTES, operationFields } from './function-event.ts';
import type { JsonObject, ToolResultBlock } from './model.ts';

export type InvocationMode = 'RESULT' | 'USER_CONFIRMATION' | 'USER_CONFIRMATION_AND_RESULT';

/** One member of `returnControl.invocationInputs`. */
export type InvocationInput =
  | { readonly functionInvocationInput: Record<string, unknown> }
  | { readonly apiInvocationInput: Record<string, unknown> };

/** A call that waits for the caller. */
export interface OpenCall {
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly mode: InvocationMode;
}

/** What a session keeps while the caller has control. */
export interface Pending {
  readonly invocationId: string;
  readonly inputText: string;
  readonly open: readonly OpenCall[];
  /** Results of the calls of the same model answer that ran already. */
  readonly done: readonly ToolResultBlock[];
  readonly modelCalls: number;
  readonly tokens: number;
}

/** One result sent back by the caller. */
export interface ReturnedResult {
  readonly group: string;
  /** The function, or `METHOD path`. */
  readonly operation: string;
  readonly confirmation: 'CONFIRM' | 'DENY' | undefined;
  readonly state: 'FAILURE' | 'REPROMPT' | undefined;
  readonly text: string | undefined;
}

export function invocationInput(
  agentId: string,
  group: string,
  operation: Operation,
  input: JsonObject,
  mode: InvocationMode,
): InvocationInput {
  const body = {
    actionGroup: group,
    ...operationFields(operation, input),
    actionInvocationType: mode,
    agentId,
  };
  return operation.kind === 'function' ? { functionInvocationInput: body } : { apiInvocationInput: body };
}

export const operationKey = (operation: Operation): string =>
  operation.kind === 'function' ? operation.name : `${operation.method} ${operation.path}`;

/** Reads `sessionState.returnControlInvocationResults`. Throws ValidationException. */
export function readResults(value: unknown): readonly ReturnedResult[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('returnControlInvocationResults must hold at least one result');
  }
  return value.map((member: Record<string, Record<string, unknown> | undefined> | null) => {
    const result = member?.functionResult ?? member?.apiResult;
    if (result === undefined) throw invalid('an invocation result must be a functionResult or an apiResult');
    const group = result.actionGroup;
    if (typeof group !== 'string') throw invalid('an invocation result must name its actionGroup');
    return {
      group,
      operation:
        member?.functionResult === undefined
          ? `${String(result.httpMethod).toUpperCase()} ${String(result.apiPath)}`
          : String(result.function),
      confirmation: oneOf(result.confirmationState, ['CONFIRM', 'DENY'] as const, 'confirmationState'),
      state: oneOf(result.responseState, ['FAILURE', 'REPROMPT'] as const, 'responseState'),
      text: bodyText(result.responseBody),
    };
  });
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], field: string): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (!allowed.includes(value as T)) throw invalid(`${field} must be one of ${allowed.join(', ')}`);
  return value as T;
}

function bodyText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const content: unknown = Object.values(value)[0];
  const body = (content as { body?: unknown } | undefined)?.body;
  if (body === undefined) return undefined;
  if (typeof body !== 'string') throw invalid('responseBody.<media type>.body must be a string');
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_REPLY_BYTES) {
    throw invalid(
      `an invocation result of ${bytes} bytes exceeds the limit of 25 KB (${MAX_REPLY_BYTES} bytes)`,
    );
  }
  return body;
}

/**
 * Matches results to open calls by action group and operation, in order where one operation was asked for
 * several times. Throws ValidationException where the invocation id is another one, a result is missing or
 * unasked, or a confirmation is missing.
 */
export function matchResults(
  pending: Pending,
  keyOf: (tool: string) => { group: string; operation: string },
  invocationId: string | undefined,
  results: readonly ReturnedResult[],
): readonly { readonly call: OpenCall; readonly result: ReturnedResult }[] {
  if (invocationId !== pending.invocationId) {
    throw invalid(`invocationId ${invocationId} is not the open invocation of this session`);
  }
  const left = [...results];
  const matched = pending.open.map((call) => {
    const key = keyOf(call.tool);
    const index = left.findIndex(
      ({ group, operation }) => group === key.group && operation === key.operation,
    );
    const result = index < 0 ? undefined : left.splice(index, 1)[0];
    const name = `${key.group} ${key.operation}`;
    if (result === undefined) throw invalid(`the result of ${name} is missing`);
    if (call.mode !== 'RESULT' && result.confirmation === undefined) {
      throw invalid(`${name} needs a confirmationState of CONFIRM or DENY`);
    }
    const needsBody = call.mode !== 'USER_CONFIRMATION' && result.confirmation !== 'DENY';
    if (needsBody && result.state === undefined && result.text === undefined) {
      throw invalid(`the result of ${name} has no responseBody`);
    }
    return { call, result };
  });
  if (left[0] !== undefined)
    throw invalid(`no result of ${left[0].group} ${left[0].operation} was asked for`);
  return matched;
}
