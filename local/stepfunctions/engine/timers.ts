/** The one alarm of the engine: the earliest thing that any execution in the journal waits for. */
import type { Alarm, AlarmKind, Clock } from '../../clock.ts';
import type { Journal } from '../journal/store.ts';

/** Executions whose time has come that are taken up in one go. */
const AT_ONCE = 1_000;

export class Timers {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #elapsed: (executions: readonly number[]) => void;
  #alarm: Alarm | undefined;
  #arming = false;
  #closed = false;
  /** Work outside the journal that is going on: handlers, readers. Virtual time waits for it. */
  #inFlight = 0;

  /** @param elapsed is given the executions whose time has come. */
  constructor(journal: Journal, clock: Clock, elapsed: (executions: readonly number[]) => void) {
    this.#journal = journal;
    this.#clock = clock;
    this.#elapsed = elapsed;
  }

  /** Whether work outside the journal is going on. */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** Counts work outside the journal while it lasts; returns the function that ends it. */
  begin(): () => void {
    if (this.#inFlight === 0) this.#clock.workBegins?.();
    this.#inFlight += 1;
    this.disarm();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#inFlight -= 1;
      this.arm();
    };
  }

  disarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  /** Sets the alarm once everything that is queued is durable. */
  arm(): void {
    if (this.#arming || this.#closed) return;
    this.#arming = true;
    setImmediate(() => {
      this.#arming = false;
      if (this.#closed || !this.#journal.idle) return;
      this.disarm();
      const next = this.#journal.get<{ due: number; due_kind: string }>(
        'select due, due_kind from executions where due is not null order by due limit 1',
      );
      if (next === undefined) return;
      const kind: AlarmKind = this.busy ? 'running' : next.due_kind === 'callback' ? 'callback' : 'timer';
      this.#alarm = this.#clock.alarm(next.due, kind, () => this.#fire());
    });
  }

  #fire(): void {
    if (this.#closed) return;
    this.#alarm = undefined;
    const sql = 'select id from executions where due is not null and due <= ? order by due limit ?';
    const rows = this.#journal.all<{ id: number }>(sql, this.#clock.now(), AT_ONCE);
    this.#elapsed(rows.map((row) => row.id));
    this.arm();
  }

  close(): void {
    this.disarm();
    this.#closed = true;
  }
}
