/**
 * A model that is no model: a deterministic policy written as a generator function.
 *
 * The generator yields the tool calls it wants and receives the replies. The model is stateless: on each call
 * it runs the generator from the start, feeds it the tool results that stand in the messages since the last
 * user input, and answers with the first calls that have no result yet, or with the returned text.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  AgentModel,
  ConverseRequest,
  ConverseResponse,
  JsonObject,
  JsonValue,
  Message,
} from './model.ts';
import { isText, isToolResult, isToolUse } from './model.ts';

export interface ToolCall {
  /** The tool's full name (`group__function`), or the function alone where only one group has it. */
  readonly tool: string;
  readonly input: JsonObject;
  /** Why this call is made: shown in the trace. */
  readonly why?: string;
}

export interface ToolReply {
  readonly tool: string;
  readonly status: 'success' | 'error';
  /** The reply as text. */
  readonly text: string;
  /** The reply parsed as JSON, or null where it is not JSON. */
  readonly json: JsonValue;
}

export interface PlaybookInput {
  readonly inputText: string;
  readonly sessionAttributes: Readonly<Record<string, string>>;
}

/** A single call receives one reply; a list of calls receives the list of replies in the same order. */
export type Playbook = (
  input: PlaybookInput,
) => Generator<ToolCall | readonly ToolCall[], string, ToolReply | readonly ToolReply[]>;

const MAX_STEPS = 1_000;

/**
 * Makes a model of a playbook. Its id, and the modelId of every answer, is `playbook/<id>`.
 * Errors thrown by the playbook reject the call; so does a playbook that calls something else for the same
 * replies (it must be pure), calls a tool that the agent does not have, or makes more than 1,000 steps.
 */
export function playbookModel(id: string, playbook: Playbook): AgentModel {
  const modelId = `playbook/${id}`;
  return {
    id: modelId,
    async converse(request, context) {
      return replay(modelId, playbook, request, context.sessionAttributes);
    },
  };
}

function replay(
  modelId: string,
  playbook: Playbook,
  request: ConverseRequest,
  sessionAttributes: Readonly<Record<string, string>>,
): ConverseResponse {
  const turn = currentTurn(request.messages);
  const run = playbook({ inputText: turn.inputText, sessionAttributes });
  let step = run.next();
  for (let index = 0; index < MAX_STEPS; index += 1) {
    if (step.done === true) return finalAnswer(modelId, step.value);
    const calls = toCalls(step.value).map((call, position) => ({
      id: `${turn.prefix}-${index + 1}-${position + 1}`,
      name: resolveTool(call.tool, request),
      call,
    }));
    const replies = calls.map(({ id, name, call }) => replyFor(modelId, turn, id, name, call));
    const known = replies.filter((reply): reply is ToolReply => reply !== undefined);
    if (known.length < calls.length) return toolAnswer(modelId, index + 1, calls);
    step = run.next(Array.isArray(step.value) ? known : (known[0] as ToolReply));
  }
  throw new Error(`${modelId} made more than ${MAX_STEPS} steps for one input`);
}

interface Turn {
  readonly prefix: string;
  readonly inputText: string;
  readonly uses: ReadonlyMap<string, { name: string; input: JsonObject }>;
  readonly replies: ReadonlyMap<string, Omit<ToolReply, 'tool'>>;
}

/** The last user input and everything after it. Ids count the inputs, so that they are unique in a session. */
function currentTurn(messages: readonly Message[]): Turn {
  const inputs = messages.flatMap((message, index) =>
    message.role === 'user' && message.content.some(isText) ? [index] : [],
  );
  const start = inputs.at(-1);
  if (start === undefined) throw new Error('the request holds no user input');
  const uses = new Map<string, { name: string; input: JsonObject }>();
  const replies = new Map<string, Omit<ToolReply, 'tool'>>();
  for (const block of messages.slice(start).flatMap((message) => message.content)) {
    if (isToolUse(block)) uses.set(block.toolUse.toolUseId, block.toolUse);
    if (isToolResult(block)) replies.set(block.toolResult.toolUseId, readReply(block.toolResult));
  }
  const inputText = (messages[start]?.content ?? [])
    .filter(isText)
    .map((block) => block.text)
    .join('\n');
  return { prefix: `pb-${inputs.length}`, inputText, uses, replies };
}

function readReply(result: {
  status: 'success' | 'error';
  content: readonly ({ text: string } | { json: JsonValue })[];
}): Omit<ToolReply, 'tool'> {
  const first = result.content[0];
  if (result.content.length === 1 && first !== undefined && 'json' in first) {
    return { status: result.status, text: JSON.stringify(first.json), json: first.json };
  }
  const text = result.content
    .map((part) => ('text' in part ? part.text : JSON.stringify(part.json)))
    .join('\n');
  return { status: result.status, text, json: parseJson(text) };
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}

const toCalls = (value: ToolCall | readonly ToolCall[]): readonly ToolCall[] =>
  Array.isArray(value) ? (value as readonly ToolCall[]) : [value as ToolCall];

function resolveTool(wanted: string, request: ConverseRequest): string {
  const names = request.tools.map((tool) => tool.name);
  if (names.includes(wanted)) return wanted;
  const matches = names.filter((name) => name.endsWith(`__${wanted}`));
  if (matches.length === 1 && matches[0] !== undefined) return matches[0];
  const reason =
    matches.length === 0 ? 'is not a tool of this agent' : `is ambiguous (${matches.join(', ')})`;
  throw new Error(`the playbook calls ${wanted}, which ${reason}; tools: ${names.join(', ') || 'none'}`);
}

function replyFor(
  modelId: string,
  turn: Turn,
  id: string,
  name: string,
  call: ToolCall,
): ToolReply | undefined {
  const earlier = turn.uses.get(id);
  if (earlier !== undefined && (earlier.name !== name || !isDeepStrictEqual(earlier.input, call.input))) {
    throw new Error(
      `${modelId} is not deterministic: call ${id} was ${earlier.name}(${JSON.stringify(earlier.input)}), ` +
        `on replay it is ${name}(${JSON.stringify(call.input)})`,
    );
  }
  const reply = turn.replies.get(id);
  return reply === undefined ? undefined : { tool: name, ...reply };
}

const NO_MODEL = 'No model was used: this is a deterministic playbook.';

function toolAnswer(
  modelId: string,
  step: number,
  calls: readonly { id: string; name: string; call: ToolCall }[],
): ConverseResponse {
  const reasons = calls.map(({ name, call }) => call.why ?? `calls ${name}`);
  return {
    message: {
      role: 'assistant',
      content: calls.map(({ id, name, call }) => ({ toolUse: { toolUseId: id, name, input: call.input } })),
    },
    stopReason: 'tool_use',
    usage: { inputTokens: 0, outputTokens: 0 },
    modelId,
    rationale: `[${modelId}, step ${step}] ${NO_MODEL} ${reasons.join('; ')}`,
  };
}

function finalAnswer(modelId: string, text: string): ConverseResponse {
  return {
    message: { role: 'assistant', content: [{ text }] },
    stopReason: 'end_turn',
    usage: { inputTokens: 0, outputTokens: 0 },
    modelId,
    rationale: `[${modelId}, answer] ${NO_MODEL}`,
  };
}
