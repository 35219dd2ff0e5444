import { AgentException } from '#core/ports/agent-runtime.ts';
import { EMPTY_SESSION, type SessionState } from '#local/bedrock/run.ts';

/** Sessions kept at once; the one that is idle longest goes first. */
const MOST_SESSIONS = 500;

/** Conversations of one process, gone when they are idle for longer than their agent allows. */
export class MemorySessions {
  readonly #kept = new Map<string, { readonly state: SessionState; readonly expiresAt: number }>();
  readonly #held = new Set<string>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The state of a session that is not expired, or an empty one. */
  load(key: string): SessionState {
    const kept = this.#kept.get(key);
    return kept === undefined || kept.expiresAt <= this.#now() ? EMPTY_SESSION : kept.state;
  }

  /** Keeps the state until it was idle for so many seconds. */
  save(key: string, state: SessionState, idleSeconds: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, { state, expiresAt: this.#now() + idleSeconds * 1_000 });
    for (const [other, { expiresAt }] of this.#kept) {
      if (this.#kept.size > MOST_SESSIONS || expiresAt <= this.#now()) this.#kept.delete(other);
    }
  }

  /** Holds a session for one question. Throws ConflictException while another one is being answered in it. */
  hold(key: string): Disposable {
    if (this.#held.has(key))
      throw new AgentException('ConflictException', 'The session is busy with another question');
    this.#held.add(key);
    return { [Symbol.dispose]: () => void this.#held.delete(key) };
  }
}
