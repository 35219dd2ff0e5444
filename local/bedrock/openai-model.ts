/** A model behind any endpoint that speaks chat completions with tools: Ollama, llama.cpp, vLLM. */
import { randomUUID } from 'node:crypto';
import type {
  AgentModel,
  ContentBlock,
  ConverseRequest,
  ConverseResponse,
  JsonObject,
  Message,
  StopReason,
} from './model.ts';
import { isText, isToolResult, isToolUse } from './model.ts';

export interface OpenAiModelOptions {
  /** Up to and including the version, e.g. `http://localhost:11434/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
  /** Sent where the agent states no temperature. Investigations want 0. */
  readonly temperature?: number;
}

/** A status that is worth another attempt by the caller is told by the error's name. */
export class ModelEndpointError extends Error {
  readonly status: number;
  /** How long the endpoint asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: string, url: string, retryAfter: string | null = null) {
    super(`${url} answered ${status}: ${body.slice(0, 500)}`);
    this.name = status === 429 || status === 503 ? 'ThrottlingException' : 'ModelEndpointError';
    this.status = status;
    this.retryAfterMs = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : undefined;
  }
}

/** A reply that is not JSON, for instance because it broke off. */
export class ModelReplyUnreadable extends Error {
  override readonly name = 'ModelReplyUnreadable';
}

/** The id, and the modelId of every answer, is `openai-compatible/<model>`, or what the endpoint says it is. */
export function openAiModel(options: OpenAiModelOptions): AgentModel {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  return {
    id: `openai-compatible/${options.model}`,
    async converse(request, context) {
      const reply = await fetch(url, {
        method: 'POST',
        signal: context.signal,
        headers: {
          'content-type': 'application/json',
          ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        },
        body: JSON.stringify(toChatRequest(options, request)),
      });
      const body = await reply.text();
      if (!reply.ok) throw new ModelEndpointError(reply.status, body, url, reply.headers.get('retry-after'));
      return readChatReply(options.model, body);
    },
  };
}

function toChatRequest(options: OpenAiModelOptions, request: ConverseRequest): JsonObject {
  const { temperature = options.temperature ?? 0, topP, maxTokens, stopSequences } = request.inferenceConfig;
  return {
    model: options.model,
    stream: false,
    temperature,
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(stopSequences === undefined ? {} : { stop: [...stopSequences] }),
    messages: [{ role: 'system', content: request.system }, ...request.messages.flatMap(toChatMessages)],
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: 'function',
            function: { name, description, parameters: inputSchema },
          })),
        }),
  };
}

/** Tool results are messages of their own; they must stand directly behind the message that called. */
function toChatMessages(message: Message): JsonObject[] {
  const text = message.content
    .filter(isText)
    .map((block) => block.text)
    .join('\n');
  if (message.role === 'assistant') {
    const calls = message.content.filter(isToolUse).map(({ toolUse }) => ({
      id: toolUse.toolUseId,
      type: 'function',
      function: { name: toolUse.name, arguments: JSON.stringify(toolUse.input) },
    }));
    return [{ role: 'assistant', content: text, ...(calls.length === 0 ? {} : { tool_calls: calls }) }];
  }
  const results = message.content.filter(isToolResult).map(
    ({ toolResult }): JsonObject => ({
      role: 'tool',
      tool_call_id: toolResult.toolUseId,
      content: toolResult.content
        .map((part) => ('text' in part ? part.text : JSON.stringify(part.json)))
        .join('\n'),
    }),
  );
  return [...results, ...(text === '' ? [] : [{ role: 'user', content: text }])];
}

interface ChatReply {
  readonly model?: unknown;
  readonly choices?: readonly {
    readonly finish_reason?: unknown;
    readonly message?: {
      readonly content?: unknown;
      readonly reasoning_content?: unknown;
      readonly tool_calls?: readonly {
        readonly id?: unknown;
        readonly function?: { readonly name?: unknown; readonly arguments?: unknown };
      }[];
    };
  }[];
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown };
}

/** Reads a reply. What cannot be read is handed on as an unusable answer: the loop asks again and traces it. */
function readChatReply(model: string, body: string): ConverseResponse {
  let reply: ChatReply;
  try {
    reply = JSON.parse(body) as ChatReply;
  } catch {
    throw new ModelReplyUnreadable(
      `the model endpoint answered something that is not JSON: ${body.slice(0, 200)}`,
    );
  }
  const choice = reply.choices?.[0];
  const message = choice?.message;
  const ids = new Set<string>();
  const calls = (message?.tool_calls ?? []).map(
    (call): ContentBlock => ({
      toolUse: {
        toolUseId: unusedId(call.id, ids),
        name: String(call.function?.name ?? ''),
        input: readArguments(call.function?.arguments),
      },
    }),
  );
  const { text, thoughts } = splitThoughts(plainText(message?.content));
  const rationale = [thoughts, plainText(message?.reasoning_content)]
    .filter((part) => part !== '')
    .join('\n');
  return {
    message: { role: 'assistant', content: [...(text === '' ? [] : [{ text }]), ...calls] },
    ...(rationale === '' ? {} : { rationale }),
    stopReason: stopReason(choice?.finish_reason, calls.length > 0),
    usage: {
      inputTokens: count(reply.usage?.prompt_tokens),
      outputTokens: count(reply.usage?.completion_tokens),
    },
    modelId: `openai-compatible/${typeof reply.model === 'string' ? reply.model : model}`,
  };
}

/** Some servers leave the id out, others give all calls of a reply the same one. */
function unusedId(given: unknown, used: Set<string>): string {
  const id = typeof given === 'string' && given !== '' && !used.has(given) ? given : randomUUID();
  used.add(id);
  return id;
}

/** Content is text, nothing, or a list of parts, of which those of text count. */
function plainText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : ''))
    .join('');
}

/** Reasoning models think aloud in front of the answer; where the server does not part the two, it stands in tags. */
function splitThoughts(content: string): { readonly text: string; readonly thoughts: string } {
  const match = /^\s*<think>([\s\S]*?)<\/think>\s*/.exec(content);
  if (match === null) return { text: content, thoughts: '' };
  return { text: content.slice(match[0].length), thoughts: (match[1] ?? '').trim() };
}

const count = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;

/** Servers say `stop` with tool calls too; the calls decide. */
function stopReason(finish: unknown, calls: boolean): StopReason {
  if (calls) return 'tool_use';
  if (finish === 'length') return 'max_tokens';
  return finish === 'content_filter' ? 'guardrail_intervened' : 'end_turn';
}

/** Arguments are JSON text (OpenAI) or an object (Ollama); text that is not JSON goes to the tool check as it is. */
function readArguments(value: unknown): JsonObject {
  if (typeof value !== 'string') return (value ?? {}) as JsonObject;
  if (value.trim() === '') return {};
  try {
    return JSON.parse(value) as JsonObject;
  } catch {
    return value as unknown as JsonObject;
  }
}
