import type { AgentModel } from '#local/bedrock/model.ts';

/** How often and how long one call of a model is tried again. */
export interface RetryOptions {
  /** Calls altogether. */
  readonly attempts: number;
  /** The longest pause before the second call, in milliseconds; it doubles for each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Waits, or rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1: spreads the pauses of several callers. */
  readonly random: () => number;
}

/**
 * A model whose single calls are repeated when the failure may pass: throttling, a broken connection, an error of the
 * server, a reply that broke off. One call of a model has no effect, so it may be repeated; what the agent's tools did
 * before stands in the messages and is not done again. A whole question is never repeated.
 */
export function retryingModel(model: AgentModel, options: RetryOptions): AgentModel {
  return {
    id: model.id,
    async converse(request, context) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await model.converse(request, context);
        } catch (error) {
          if (attempt >= options.attempts || context.signal.aborted || !mayPass(error)) throw error;
          await options.wait(pauseBefore(attempt, error, options), context.signal);
        }
      }
    },
  };
}

function pauseBefore(attempt: number, error: unknown, options: RetryOptions): number {
  const asked = (error as { retryAfterMs?: unknown }).retryAfterMs;
  if (typeof asked === 'number') return Math.min(asked, options.longestPauseMs);
  const longest = Math.min(options.firstPauseMs * 2 ** (attempt - 1), options.longestPauseMs);
  return Math.round(longest * (0.5 + options.random() / 2));
}

const PASSING_NAMES: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'TooManyRequestsException',
  'ServiceUnavailableException',
  'InternalServerException',
  'ModelNotReadyException',
  'ModelTimeoutException',
  'ModelReplyUnreadable',
  'SyntaxError',
  // The SDK's word for an HTTP/2 connection that closed without an answer; an abort is told by the signal.
  'TimeoutError',
]);

const PASSING_CODES =
  /^(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ERR_HTTP2_.*|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_.*)$/;

/** True for a failure that may be gone when the same call is made again. */
export function mayPass(error: unknown): boolean {
  let at = error;
  for (let depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const { name, status, code, cause, $metadata } = at as {
      name?: unknown;
      status?: unknown;
      code?: unknown;
      cause?: unknown;
      $metadata?: { httpStatusCode?: unknown };
    };
    const answered = status ?? $metadata?.httpStatusCode;
    if (typeof answered === 'number' && (answered >= 500 || answered === 429 || answered === 408))
      return true;
    if (typeof name === 'string' && PASSING_NAMES.has(name)) return true;
    if (typeof code === 'string' && PASSING_CODES.test(code)) return true;
    at = cause;
  }
  return false;
}
