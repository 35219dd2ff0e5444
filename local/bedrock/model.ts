/**
 * What stands behind an agent: one question in, one answer out, in the shape of the Bedrock Converse API.
 *
 * Every backend (Converse, chat completions, playbook, scripted) implements `AgentModel`, so the agent loop
 * is written once. A model keeps no state between calls: all it may know stands in the request.
 */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export interface TextBlock {
  readonly text: string;
}
export interface ToolUseBlock {
  readonly toolUse: { readonly toolUseId: string; readonly name: string; readonly input: JsonObject };
}
export type ToolResultContent = { readonly text: string } | { readonly json: JsonValue };
export interface ToolResultBlock {
  readonly toolResult: {
    readonly toolUseId: string;
    readonly status: 'success' | 'error';
    readonly content: readonly ToolResultContent[];
  };
}
export type ContentBlock = TextBlock | ToolUseBlock | ToolResultBlock;

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ContentBlock[];
}

/** One tool as the model sees it. `inputSchema` is a JSON Schema of type object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

export interface InferenceConfig {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly maxTokens?: number;
  readonly stopSequences?: readonly string[];
}

export interface ConverseRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  readonly inferenceConfig: InferenceConfig;
}

export interface ConverseContext {
  readonly sessionId: string;
  readonly agentId: string;
  readonly signal: AbortSignal;
  readonly sessionAttributes: Readonly<Record<string, string>>;
}

export type StopReason = 'end_turn' | 'tool_use' | 'max_tokens' | 'guardrail_intervened';

export interface ConverseResponse {
  readonly message: Message;
  readonly stopReason: StopReason;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  /** Which model answered. It stands in every trace. */
  readonly modelId: string;
  /** Why the model does this, when it is not part of the message. Shown in the rationale trace only. */
  readonly rationale?: string;
}

export interface AgentModel {
  readonly id: string;
  /**
   * Answers once. A rejection ends the turn: an error named `ThrottlingException` is passed on as such, every
   * other one as `dependencyFailedException` with the model's id as the resource.
   */
  converse(request: ConverseRequest, context: ConverseContext): Promise<ConverseResponse>;
}

export const isText = (block: ContentBlock): block is TextBlock => 'text' in block;
export const isToolUse = (block: ContentBlock): block is ToolUseBlock => 'toolUse' in block;
export const isToolResult = (block: ContentBlock): block is ToolResultBlock => 'toolResult' in block;

/** All text blocks of a message, joined by new lines. */
export function textOf(message: Message): string {
  return message.content
    .filter(isText)
    .map((block) => block.text)
    .join('\n');
}
