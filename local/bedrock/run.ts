/** The state of a session and of one running turn, and what a turn needs from outside. */
import type { AgentSpec } from './agent.ts';
import type { RetrievedReference } from './citations.ts';
import { BedrockError, dependencyFailed } from './errors.ts';
import type { Attributes } from './function-event.ts';
import type { AgentModel, Message } from './model.ts';
import type { Pending, ReturnedResult } from './return-control.ts';
import type { Tool } from './tool-table.ts';

export interface LoopLimits {
  /** Calls of the model for one user input, returns of control included. */
  readonly maxModelCalls: number;
  /** Input and output tokens for one user input. */
  readonly maxTokens: number;
  /** Wall time of one request, in seconds. */
  readonly maxSeconds: number;
}

export const DEFAULT_LIMITS: LoopLimits = { maxModelCalls: 25, maxTokens: 1_000_000, maxSeconds: 300 };

export interface InvocationContext {
  readonly sourceArn: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly signal: AbortSignal;
}

export type InvokeFunction = (arn: string, event: unknown, context: InvocationContext) => Promise<unknown>;

export interface GuardResult {
  readonly action: 'INTERVENED' | 'NONE';
  /** True where the text may not pass at all; `text` then is the guardrail's message. */
  readonly blocked: boolean;
  readonly text: string;
  readonly assessments: readonly unknown[];
}

export interface LoopPorts {
  readonly model: AgentModel;
  readonly invokeFunction: InvokeFunction;
  readonly search?: (
    knowledgeBaseId: string,
    query: string,
    signal: AbortSignal,
  ) => Promise<readonly RetrievedReference[]>;
  readonly guard?: (source: 'INPUT' | 'OUTPUT', text: string) => GuardResult;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
}

/** What lives as long as the session. */
export interface SessionState {
  readonly messages: readonly Message[];
  readonly sessionAttributes: Attributes;
  readonly promptSessionAttributes: Attributes;
  /** Passages given to the model since the last user input, in the order of their numbers. */
  readonly references: readonly RetrievedReference[];
  readonly pending?: Pending;
}

export const EMPTY_SESSION: SessionState = {
  messages: [],
  sessionAttributes: {},
  promptSessionAttributes: {},
  references: [],
};

export type TurnInput =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'results';
      readonly invocationId: string | undefined;
      readonly results: readonly ReturnedResult[];
    };

/** The state of one running turn. */
export interface Run {
  readonly agent: AgentSpec;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly ports: LoopPorts;
  readonly limits: LoopLimits;
  readonly sessionId: string;
  readonly turnId: string;
  readonly signal: AbortSignal;
  readonly messages: Message[];
  readonly references: RetrievedReference[];
  inputText: string;
  sessionAttributes: Attributes;
  promptSessionAttributes: Attributes;
  modelCalls: number;
  tokens: number;
  /** Told to the model with the next question, because its last answer could not be read. */
  correction: string | undefined;
}

/** Each model call begins a new step of the trace. */
export const traceIdOf = (run: Run): string => `${run.turnId}-${run.modelCalls}`;

/** Runs foreign code under the turn's time limit; what it throws becomes an error of the API. */
export async function guarded<T>(
  run: Run,
  what: string,
  resource: string,
  work: () => Promise<T>,
): Promise<T> {
  const { signal } = run;
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  try {
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
    });
    return await Promise.race([work(), aborted]);
  } catch (error) {
    if (error instanceof BedrockError) throw error;
    if (signal.aborted) {
      throw dependencyFailed(`${what} did not answer within the time limit of this request`, resource, error);
    }
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'ThrottlingException') throw new BedrockError(name, message, undefined, error);
    throw dependencyFailed(`${what} failed: ${name}: ${message}`, resource, error);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
