import type { Json } from '#core/domain/hash.ts';

/** The ways in which an agent may be answered. Which one is a setting; what comes back has one form. */
export const AGENT_BACKENDS = [
  'playbook',
  'bedrock-agent',
  'inline-agent',
  'converse',
  'openai-compatible',
] as const;
export type AgentBackend = (typeof AGENT_BACKENDS)[number];

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

/** A file that an agent made. */
export interface AgentFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * What comes back, in order: the members of InvokeAgent's response stream. A trace is one member of Bedrock's Trace
 * union with its envelope, as JSON; the call of a tool and its reply stand directly behind each other. Exceptions are
 * thrown as AgentException.
 */
export type AgentStreamEvent =
  | { readonly kind: 'text'; readonly text: string; readonly citations?: readonly Json[] }
  | { readonly kind: 'trace'; readonly trace: Json }
  | {
      readonly kind: 'return-control';
      readonly invocationId: string;
      /** The calls that the caller is to run, as Bedrock's InvocationInputMember. */
      readonly invocationInputs: readonly Json[];
    }
  | { readonly kind: 'files'; readonly files: readonly AgentFile[] };

/** The exceptions of InvokeAgent, by AWS's names. */
export const AGENT_EXCEPTIONS = [
  'AccessDeniedException',
  'BadGatewayException',
  'ConflictException',
  'DependencyFailedException',
  'InternalServerException',
  'ModelNotReadyException',
  'ResourceNotFoundException',
  'ServiceQuotaExceededException',
  'ThrottlingException',
  'ValidationException',
] as const;
export type AgentExceptionName = (typeof AGENT_EXCEPTIONS)[number];

/** A question that was not answered. `resource` is what failed outside, such as a function's ARN or a model's id. */
export class AgentException extends Error {
  override readonly name: AgentExceptionName;
  readonly resource: string | undefined;

  constructor(name: AgentExceptionName, message: string, resource?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
    this.resource = resource;
  }
}

/**
 * The agents of Amazon Bedrock, or of anything that answers InvokeAgent as it does. Never repeats a question by itself:
 * the tools of an agent would run again. Throws AgentException, or the signal's reason when it is aborted.
 */
export interface AgentRuntime {
  ask(question: AgentQuestion): AsyncIterable<AgentStreamEvent>;
}
