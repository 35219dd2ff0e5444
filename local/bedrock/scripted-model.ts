/** A model for tests: its replies are written down in advance, nonsense included. */
import type { AgentModel, ConverseRequest, ConverseResponse, JsonObject } from './model.ts';

/** What the scripted model does on one call. `raw` is returned as it is, valid or not. */
export type ScriptedReply =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'tools';
      readonly calls: readonly { tool: string; input: JsonObject }[];
      readonly text?: string;
    }
  | { readonly kind: 'raw'; readonly response: unknown }
  | { readonly kind: 'throws'; readonly error: Error }
  | { readonly kind: 'hangs' };

export type Script =
  | readonly ScriptedReply[]
  | ((request: ConverseRequest, callIndex: number) => ScriptedReply);

export interface ScriptedModel extends AgentModel {
  /** Every request it was sent, in order. */
  readonly requests: readonly ConverseRequest[];
}

const USAGE = { inputTokens: 10, outputTokens: 5 };

/** Answers call n with reply n of the script; a list that runs out rejects, a function may loop for ever. */
export function scriptedModel(id: string, script: Script): ScriptedModel {
  const modelId = `scripted/${id}`;
  const requests: ConverseRequest[] = [];
  return {
    id: modelId,
    requests,
    async converse(request, context) {
      const index = requests.length;
      requests.push(structuredClone(request));
      const reply = typeof script === 'function' ? script(request, index) : script[index];
      if (reply === undefined) throw new Error(`${modelId}: the script has no reply ${index + 1}`);
      return play(modelId, index, reply, context.signal);
    },
  };
}

function play(
  modelId: string,
  index: number,
  reply: ScriptedReply,
  signal: AbortSignal,
): ConverseResponse | Promise<ConverseResponse> {
  switch (reply.kind) {
    case 'text':
      return {
        message: { role: 'assistant', content: [{ text: reply.text }] },
        stopReason: 'end_turn',
        usage: USAGE,
        modelId,
      };
    case 'tools':
      return {
        message: {
          role: 'assistant',
          content: [
            ...(reply.text === undefined ? [] : [{ text: reply.text }]),
            ...reply.calls.map(({ tool, input }, position) => ({
              toolUse: { toolUseId: `s-${index + 1}-${position + 1}`, name: tool, input },
            })),
          ],
        },
        stopReason: 'tool_use',
        usage: USAGE,
        modelId,
      };
    case 'raw':
      return reply.response as ConverseResponse;
    case 'throws':
      throw reply.error;
    case 'hangs':
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
  }
}
