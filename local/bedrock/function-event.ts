/** The event an action-group Lambda receives from Bedrock, and the check of what it answers. */
import type { AgentSpec, Operation } from './agent.ts';
import { dependencyFailed } from './errors.ts';
import type { JsonObject } from './model.ts';
import { type Argument, toArguments } from './tool-table.ts';

export type Attributes = Readonly<Record<string, string>>;

/** Bedrock's limit on what a Lambda may answer, in bytes of the JSON text. 25 KB is read as 25,000 bytes. */
export const MAX_REPLY_BYTES = 25_000;

export interface FunctionEventInput {
  readonly agent: AgentSpec;
  readonly sessionId: string;
  readonly inputText: string;
  readonly group: string;
  readonly operation: Operation;
  readonly input: JsonObject;
  readonly sessionAttributes: Attributes;
  readonly promptSessionAttributes: Attributes;
}

/** What a call names: the function, or the API path and verb, with its arguments as strings. */
export function operationFields(operation: Operation, input: JsonObject) {
  const parameters: readonly Argument[] = toArguments(operation.parameters, input);
  if (operation.kind === 'function') return { function: operation.name, parameters };
  const { body } = operation;
  return {
    apiPath: operation.path,
    httpMethod: operation.method,
    parameters,
    ...(body === undefined
      ? {}
      : { requestBody: { content: { [body.mime]: { properties: toArguments(body.properties, input) } } } }),
  };
}

export function functionEvent(call: FunctionEventInput): Record<string, unknown> {
  return {
    messageVersion: '1.0',
    agent: {
      name: call.agent.agentName,
      id: call.agent.agentId,
      alias: call.agent.agentAliasId,
      version: call.agent.agentVersion,
    },
    inputText: call.inputText,
    sessionId: call.sessionId,
    actionGroup: call.group,
    ...operationFields(call.operation, call.input),
    sessionAttributes: { ...call.sessionAttributes },
    promptSessionAttributes: { ...call.promptSessionAttributes },
  };
}

export interface FunctionReply {
  readonly text: string;
  readonly state: 'ok' | 'REPROMPT' | 'FAILURE';
  readonly sessionAttributes: Attributes | undefined;
  readonly promptSessionAttributes: Attributes | undefined;
}

/**
 * Reads a Lambda's answer. Throws DependencyFailedException where it is over 25 KB, names another action group
 * or function, or has no body text: what Bedrock answers too.
 */
export function readFunctionReply(
  arn: string,
  group: string,
  operation: Operation,
  answer: unknown,
): FunctionReply {
  const bytes = Buffer.byteLength(JSON.stringify(answer) ?? '');
  if (bytes > MAX_REPLY_BYTES) {
    throw dependencyFailed(
      `Lambda response of ${bytes} bytes exceeds the maximum allowed size of 25 KB (${MAX_REPLY_BYTES} bytes). ` +
        'Return fewer rows or a reference to them.',
      arn,
    );
  }
  const fail = (what: string) =>
    dependencyFailed(
      'The server encountered an error processing the Lambda response. ' +
        `Check the Lambda response and retry the request: ${what}`,
      arn,
    );
  const root = asRecord(answer);
  const response = asRecord(root?.response);
  if (root === undefined || response === undefined) throw fail('it has no object `response`');
  if (root.messageVersion !== '1.0') throw fail('`messageVersion` is not "1.0"');
  if (response.actionGroup !== group) throw fail(`\`response.actionGroup\` is not ${group}`);
  const body =
    operation.kind === 'function' ? functionBody(response, operation.name) : apiBody(response, operation);
  if (typeof body === 'string') throw fail(body);
  return {
    ...body,
    sessionAttributes: attributes(root.sessionAttributes, () =>
      fail('`sessionAttributes` must hold strings'),
    ),
    promptSessionAttributes: attributes(root.promptSessionAttributes, () =>
      fail('`promptSessionAttributes` must hold strings'),
    ),
  };
}

type Body = Pick<FunctionReply, 'text' | 'state'>;

function functionBody(response: Record<string, unknown>, name: string): Body | string {
  if (response.function !== name) return `\`response.function\` is not ${name}`;
  const reply = asRecord(response.functionResponse);
  const text = asRecord(asRecord(reply?.responseBody)?.TEXT)?.body;
  if (typeof text !== 'string') return '`functionResponse.responseBody.TEXT.body` is not a string';
  const state = reply?.responseState ?? 'ok';
  if (state !== 'ok' && state !== 'REPROMPT' && state !== 'FAILURE') {
    return '`functionResponse.responseState` must be FAILURE or REPROMPT';
  }
  return { text, state };
}

function apiBody(
  response: Record<string, unknown>,
  operation: Extract<Operation, { kind: 'api' }>,
): Body | string {
  if (response.apiPath !== operation.path) return `\`response.apiPath\` is not ${operation.path}`;
  if (String(response.httpMethod).toUpperCase() !== operation.method) {
    return `\`response.httpMethod\` is not ${operation.method}`;
  }
  if (typeof response.httpStatusCode !== 'number') return '`response.httpStatusCode` is not a number';
  const content = Object.values(asRecord(response.responseBody) ?? {})[0];
  const text = asRecord(content)?.body;
  if (typeof text !== 'string') return '`responseBody.<media type>.body` is not a string';
  return { text, state: 'ok' };
}

function attributes(value: unknown, error: () => Error): Attributes | undefined {
  if (value === undefined || value === null) return undefined;
  const record = asRecord(value);
  if (record === undefined || !Object.values(record).every((item) => typeof item === 'string')) throw error();
  return record as Attributes;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
