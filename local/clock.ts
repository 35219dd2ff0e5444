/**
 * Time for the embedded cloud. Everything that waits asks a Clock, so that a test can let days pass at once.
 *
 * An engine keeps one alarm per clock user: the earliest thing it waits for. What may pass virtual time differs:
 * a plain wait elapses as soon as nothing else can happen; a deadline of someone outside (a task token) leaves a
 * moment for the caller to answer; a deadline of a handler that is still running elapses only once the process does
 * nothing, so a slow handler is not timed out and one that never settles is.
 */

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
}

/** setTimeout cannot wait longer than this; a longer wait is taken in steps. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

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

/** A clock that runs with real time and jumps ahead over every wait. */
export function virtualClock(options: VirtualClockOptions = {}): Clock {
  const { callbackGraceMs = 250, quietMs = 1_000 } = options;
  let ahead = options.startMs === undefined ? 0 : options.startMs - Date.now();
  const now = () => Date.now() + ahead;
  const jump = (due: number) => {
    ahead += Math.max(0, due - now());
  };
  const graceMs: Record<AlarmKind, number> = { timer: 0, callback: callbackGraceMs, running: quietMs };
  return {
    now,
    alarm: (due, kind, fire) => {
      let cancelled = false;
      let timer: NodeJS.Timeout;
      const wait = () => {
        const before = process.cpuUsage();
        const delay = Math.min(graceMs[kind], Math.max(0, due - now()));
        timer = setTimeout(() => {
          const used = process.cpuUsage(before);
          const busy = (used.user + used.system) / 1000 > delay * QUIET_CPU_SHARE;
          if (cancelled) return;
          if (kind === 'running' && busy && now() < due) return wait();
          jump(due);
          fire();
        }, delay);
      };
      wait();
      return {
        cancel: () => {
          cancelled = true;
          clearTimeout(timer);
        },
      };
    },
  };
}
