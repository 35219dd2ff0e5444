/** Reads what a model answered. A model may answer anything: nothing is believed before it is checked. */
import type { ContentBlock, ConverseResponse, JsonObject, StopReason } from './model.ts';

export type ModelAnswer =
  | { readonly ok: true; readonly response: ConverseResponse }
  /** `final`: asking again would not help. */
  | { readonly ok: false; readonly problem: string; readonly final: boolean };

const STOP_REASONS: readonly StopReason[] = ['end_turn', 'tool_use', 'max_tokens', 'guardrail_intervened'];

export function readModelAnswer(raw: unknown): ModelAnswer {
  const bad = (problem: string): ModelAnswer => ({ ok: false, problem, final: false });
  const response = raw as Partial<ConverseResponse> | null | undefined;
  if (typeof response !== 'object' || response === null) return bad('it is not an object');
  const { message, stopReason, usage, modelId } = response;
  if (typeof modelId !== 'string' || modelId === '') return bad('it does not say which model answered');
  if (!STOP_REASONS.includes(stopReason as StopReason))
    return bad(`its stop reason is ${String(stopReason)}`);
  if (!isCount(usage?.inputTokens) || !isCount(usage?.outputTokens))
    return bad('its token usage is not stated');
  if (stopReason === 'max_tokens') {
    return { ok: false, problem: 'it was cut off at the limit of tokens for one answer', final: true };
  }
  if (message?.role !== 'assistant' || !Array.isArray(message.content)) return bad('it holds no message');
  const problem = contentProblem(message.content);
  if (problem !== undefined) return bad(problem);
  const content = (message.content as ContentBlock[]).filter(
    (block) => !('text' in block && block.text === ''),
  );
  const calls = content.some((block) => 'toolUse' in block);
  if (stopReason === 'tool_use' && !calls) return bad('it announces a tool call and makes none');
  if (content.length === 0) return bad('it is empty');
  return {
    ok: true,
    response: { ...(response as ConverseResponse), message: { role: 'assistant', content } },
  };
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function contentProblem(content: readonly unknown[]): string | undefined {
  const ids = new Set<string>();
  for (const block of content) {
    if (typeof block !== 'object' || block === null) return 'a content block is not an object';
    const { text, toolUse } = block as {
      text?: unknown;
      toolUse?: { toolUseId?: unknown; name?: unknown; input?: JsonObject };
    };
    if (typeof text === 'string' && toolUse === undefined) continue;
    if (typeof toolUse !== 'object' || toolUse === null)
      return 'a content block is neither text nor tool use';
    const { toolUseId, name } = toolUse;
    if (typeof toolUseId !== 'string' || toolUseId === '') return 'a tool use has no id';
    if (typeof name !== 'string') return 'a tool use has no name';
    if (ids.has(toolUseId)) return `two tool uses have the id ${toolUseId}`;
    ids.add(toolUseId);
  }
  return undefined;
}
