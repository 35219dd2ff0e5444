import type { Json } from '#core/domain/hash.ts';

/**
 * A deterministic investigation: a generator that yields the tool calls it wants and receives the replies.
 * It must be pure, because a runner may replay it from the start.
 */
export type Playbook = (input: {
  readonly inputText: string;
  readonly sessionAttributes: Readonly<Record<string, string>>;
}) => Generator<ToolCall | readonly ToolCall[], string, ToolReply | readonly ToolReply[]>;

/** One tool call. Values are what a model would pass; the runtime hands them on as strings. */
export interface ToolCall {
  readonly tool: string;
  readonly input: { [key: string]: string };
  /** Why this call is made, for the trace. */
  readonly why?: string;
}

/** What the tool said. `json` is null where the reply is not JSON. */
export interface ToolReply {
  readonly tool: string;
  readonly status: 'success' | 'error';
  readonly text: string;
  readonly json: Json;
}
