/**
 * Time for the embedded cloud. Everything that waits asks a Clock, so that a test can let days pass at once.
 *
 * An engine keeps one alarm per clock user: the earliest thing it waits for. What may pass virtual time differs:
 * a plain wait elapses as soon as nothing else can happen; a deadline of someone outside (a task token) leaves a
 * moment for the caller to answer; a deadline of a handler that is still running elapses only once the process does
 * nothing and holds no more timers, sockets or requests than when the handler was called, so a slow handler is not
 * timed out before as much real time has passed, and one that never settles is.
 */

import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** What the earliest alarm waits for. */
export type AlarmKind = 'timer' | 'callback' | 'running';

export interface Alarm {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once when `due` (milliseconds since the epoch) is reached, unless cancelled. Never synchronously. */
  alarm(due: number, kind: AlarmKind, fire: () => void): Alarm;
  /** Told before the first of the handlers that run at the same time is called. */
  workBegins?(): void;
  /** Calls a handler so that the timers it sets are known to be its own. */
  work?<T>(handler: () => T): T;
}

/** setTimeout cannot wait longer than this; a longer wait is taken in steps. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The timers that are running and were set, directly or not, by what `work` called. */
interface OwnTimers {
  work<T>(handler: () => T): T;
  readonly any: boolean;
}

function ownTimers(): OwnTimers {
  const scope = new AsyncLocalStorage<true>();
  const running = new Map<number, NodeJS.Timeout>();
  createHook({
    init: (id, type, _trigger, resource) => {
      if (type === 'Timeout' && scope.getStore() === true) running.set(id, resource as NodeJS.Timeout);
    },
    destroy: (id) => {
      running.delete(id);
    },
  }).enable();
  return {
    work: (handler) => scope.run(true, handler),
    get any() {
      return [...running.values()].some((timer) => timer.hasRef());
    },
  };
}

/** The machine's clock. Its timers do not keep the process alive: the open port does that. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    alarm: (due, _kind, fire) => {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const left = due - Date.now();
        if (left <= 0) timer = setTimeout(fire, 0);
        else timer = setTimeout(left > LONGEST_TIMEOUT_MS ? arm : fire, Math.min(left, LONGEST_TIMEOUT_MS));
        timer.unref();
      };
      arm();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

export interface VirtualClockOptions {
  /** Where virtual time starts; default the machine's now. */
  readonly startMs?: number;
  /** Real milliseconds left to an outside caller before a task-token deadline elapses. */
  readonly callbackGraceMs?: number;
  /** Real milliseconds in which the process must do nothing before a running handler's deadline elapses. */
  readonly quietMs?: number;
}

/** Share of one processor below which the process counts as doing nothing. */
const QUIET_CPU_SHARE = 0.3;

/** Sockets, requests and the like that keep the process alive: how many, by kind. Timers are counted by their setter. */
type Held = Readonly<Record<string, number>>;

function held(): Held {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== 'Timeout') counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function leastOf(one: Held | undefined, other: Held): Held {
  if (one === undefined) return other;
  return Object.fromEntries(
    Object.entries(one).map(([kind, count]) => [kind, Math.min(count, other[kind] ?? 0)]),
  );
}

function holdsMore(now: Held, before: Held): boolean {
  return Object.entries(now).some(([kind, count]) => count > (before[kind] ?? 0));
}

/** A clock that runs with real time and jumps ahead over every wait. */
export function virtualClock(options: VirtualClockOptions = {}): Clock {
  const { callbackGraceMs = 250, quietMs = 1_000 } = options;
  let ahead = options.startMs === undefined ? 0 : options.startMs - Date.now();
  const now = () => Date.now() + ahead;
  const jump = (due: number) => {
    ahead += Math.max(0, due - now());
  };
  const graceMs: Record<AlarmKind, number> = { timer: 0, callback: callbackGraceMs, running: quietMs };
  let heldBefore: Held = {};
  const timers = ownTimers();
  return {
    now,
    workBegins: () => {
      heldBefore = held();
    },
    work: timers.work,
    alarm: (due, kind, fire) => {
      let cancelled = false;
      let timer: NodeJS.Timeout;
      let sampler: NodeJS.Timeout | undefined;
      const wait = () => {
        const before = process.cpuUsage();
        const delay = Math.min(graceMs[kind], Math.max(0, due - now()));
        // What a caller does in between comes and goes; what is there in every sample is waited for.
        let throughout: Held | undefined;
        if (kind === 'running') {
          sampler = setInterval(
            () => {
              throughout = leastOf(throughout, held());
            },
            Math.max(1, delay / 20),
          );
          sampler.unref();
        }
        timer = setTimeout(() => {
          clearInterval(sampler);
          const used = process.cpuUsage(before);
          const busy = (used.user + used.system) / 1000 > delay * QUIET_CPU_SHARE;
          if (cancelled) return;
          const waits = timers.any || (throughout !== undefined && holdsMore(throughout, heldBefore));
          if (kind === 'running' && (busy || waits) && now() < due) return wait();
          jump(due);
          fire();
        }, delay);
        // Our own timer is not something that a handler waits for.
        if (kind === 'running') timer.unref();
      };
      wait();
      return {
        cancel: () => {
          cancelled = true;
          clearInterval(sampler);
          clearTimeout(timer);
        },
      };
    },
  };
}
