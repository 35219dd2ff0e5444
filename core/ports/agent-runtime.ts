import type { Json } from '#core/domain/hash.ts';

/** One question to an agent. */
export interface AgentQuestion {
  readonly agentId: string;
  readonly agentAliasId: string;
  readonly sessionId: string;
  readonly inputText: string;
  /** What the agent's tools may look at. They see it; the model does not choose it. */
  readonly sessionAttributes: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What comes back, in order. A trace is one member of Bedrock's Trace union with its envelope, as JSON. */
export type AgentStreamEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'trace'; readonly trace: Json }
  | { readonly kind: 'return-control'; readonly invocationId: string };

/** The agents of Amazon Bedrock, or of anything that answers InvokeAgent as it does. Never repeats a call by itself. */
export interface AgentRuntime {
  ask(question: AgentQuestion): AsyncIterable<AgentStreamEvent>;
}
