/** The world outside the runtime: functions with effects, and people who answer task tokens. It outlives crashes. */
import type { TaskContext } from '#local/stepfunctions/integrations/handlers.ts';

/** What a function answers, and what a person later sends for its token. */
export interface Reply {
  readonly result?: unknown;
  /** Fails with this error on the first try of a visit, and then answers. */
  readonly failFirst?: string;
  /** Sent with SendTaskSuccess once the function was called with a token. */
  readonly answer?: unknown;
}

export type Script = (state: string, payload: Readonly<Record<string, unknown>>) => Reply;

const TOKEN = /^AQC[\w-]+$/;

/** A payload without what differs from run to run. */
export function masked(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' && TOKEN.test(member) ? '<token>' : member,
  );
}

function tokenIn(value: unknown): string | undefined {
  if (typeof value === 'string') return TOKEN.test(value) ? value : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const member of Object.values(value)) {
    const token = tokenIn(member);
    if (token !== undefined) return token;
  }
  return undefined;
}

export class World {
  readonly #script: Script;
  readonly #done = new Map<string, Reply>();
  /** Effects in the order in which they happened first; one line each. */
  readonly effects: string[] = [];
  /** Things that must not happen, as they were seen. */
  readonly violations: string[] = [];
  /** Answers that were not acknowledged yet, by token. */
  readonly unanswered = new Map<string, unknown>();
  /** Keys that may be called again: tasks that stood unfinished in the journal when the process started. */
  #open: ReadonlySet<string> = new Set();
  #process = 0;
  readonly #firstCall = new Map<string, number>();

  constructor(script: Script) {
    this.#script = script;
  }

  beginProcess(openKeys: ReadonlySet<string>): void {
    this.#process += 1;
    this.#open = openKeys;
  }

  /** A function of the world. The same idempotency key has its effect once and gets the same reply again. */
  call(payload: unknown, context: TaskContext): unknown {
    const key = context.idempotencyKey;
    const first = this.#firstCall.get(key);
    if (first === undefined) this.#firstCall.set(key, this.#process);
    else if (first === this.#process) this.violations.push(`${context.state} was sent twice by one process`);
    else if (!this.#open.has(key))
      this.violations.push(`${context.state} was sent again although it was finished`);
    let reply = this.#done.get(key);
    if (reply === undefined) {
      reply = this.#script(context.state, (payload ?? {}) as Record<string, unknown>);
      const fails = reply.failFirst !== undefined && context.attempt === 1;
      this.effects.push(`${context.state} ${context.attempt}${fails ? ' fails' : ''} ${masked(payload)}`);
      this.#done.set(key, reply);
    }
    if (reply.failFirst !== undefined && context.attempt === 1) {
      throw Object.assign(new Error('scripted'), { name: reply.failFirst });
    }
    const token = tokenIn(payload);
    if (token !== undefined && reply.answer !== undefined) this.unanswered.set(token, reply.answer);
    return reply.result ?? {};
  }
}
