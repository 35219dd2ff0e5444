/**
 * A model behind the Bedrock Converse API. The client is passed in as one function, so that this runtime does not
 * depend on the SDK: `(input, signal) => client.send(new ConverseCommand(input), { abortSignal: signal })`.
 */
import type {
  AgentModel,
  ContentBlock,
  ConverseRequest,
  ConverseResponse,
  JsonObject,
  StopReason,
} from './model.ts';

/** Input of ConverseCommand, as far as it is used here. */
export interface ConverseInput {
  readonly modelId: string;
  readonly system: readonly { readonly text: string }[];
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: ContentBlock[] }[];
  readonly inferenceConfig: {
    readonly temperature?: number;
    readonly topP?: number;
    readonly maxTokens?: number;
    readonly stopSequences?: string[];
  };
  readonly additionalModelRequestFields?: JsonObject;
  readonly toolConfig?: {
    readonly tools: readonly {
      readonly toolSpec: {
        readonly name: string;
        readonly description: string;
        readonly inputSchema: { readonly json: JsonObject };
      };
    }[];
  };
}

/** Output of ConverseCommand, as far as it is read here. */
export interface ConverseOutput {
  readonly output?: { readonly message?: { readonly role?: string; readonly content?: readonly unknown[] } };
  readonly stopReason?: string;
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number };
}

export type SendConverse = (input: ConverseInput, signal: AbortSignal) => Promise<ConverseOutput>;

/** The id, and the modelId of every answer, is `converse/<modelId>`. */
export function converseModel(modelId: string, send: SendConverse): AgentModel {
  const id = `converse/${modelId}`;
  return {
    id,
    async converse(request, context) {
      return readOutput(id, await send(toInput(modelId, request), context.signal));
    },
  };
}

function toInput(modelId: string, request: ConverseRequest): ConverseInput {
  const { topK, stopSequences, ...inference } = request.inferenceConfig;
  return {
    modelId,
    system: [{ text: request.system }],
    messages: request.messages.map(({ role, content }) => ({ role, content: [...content] })),
    inferenceConfig: {
      ...inference,
      ...(stopSequences === undefined ? {} : { stopSequences: [...stopSequences] }),
    },
    // Converse has no field for it; models that know it take it as a field of their own.
    ...(topK === undefined ? {} : { additionalModelRequestFields: { top_k: topK } }),
    ...(request.tools.length === 0
      ? {}
      : {
          toolConfig: {
            tools: request.tools.map(({ name, description, inputSchema }) => ({
              toolSpec: { name, description, inputSchema: { json: inputSchema } },
            })),
          },
        }),
  };
}

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: 'end_turn',
  stop_sequence: 'end_turn',
  tool_use: 'tool_use',
  max_tokens: 'max_tokens',
  guardrail_intervened: 'guardrail_intervened',
  content_filtered: 'guardrail_intervened',
};

/** Blocks other than text and tool use (reasoning) are left out; what is missing the loop refuses. */
function readOutput(id: string, output: ConverseOutput): ConverseResponse {
  const content = (output.output?.message?.content ?? []).filter(
    (block): block is ContentBlock =>
      typeof block === 'object' && block !== null && ('text' in block || 'toolUse' in block),
  );
  return {
    message: { role: 'assistant', content },
    stopReason: STOP_REASONS[output.stopReason ?? ''] ?? (output.stopReason as StopReason),
    usage: { inputTokens: output.usage?.inputTokens ?? 0, outputTokens: output.usage?.outputTokens ?? 0 },
    modelId: id,
  };
}
