/**
 * Brings deliveries to their targets. A delivery is written down before the caller is answered and removed after the
 * target took it, so a crash between repeats it, under the same name: a target sees it at least once and can tell.
 */
import type { Delivery, EventStore } from './store.ts';

export interface StartExecutionRequest {
  readonly stateMachineArn: string;
  /** The same for each attempt of one delivery. */
  readonly name: string;
  readonly input: string;
}

export interface Targets {
  readonly startExecution: (request: StartExecutionRequest) => Promise<unknown>;
  /** Invokes a Lambda target, where functions may be targets. */
  readonly invokeFunction?: (arn: string, event: unknown, name: string) => Promise<unknown>;
  /** Puts an event on another bus of this runtime. */
  readonly putOnBus: (busArn: string, input: string) => void;
}

export type TargetKind = 'state-machine' | 'function' | 'bus';

/** What an ARN stands for, or undefined where it cannot be a target here. */
export function targetKind(arn: string): TargetKind | undefined {
  if (/^arn:aws[a-z-]*:states:[^:]+:\d+:stateMachine:[^:]+$/.test(arn)) return 'state-machine';
  if (/^arn:aws[a-z-]*:lambda:[^:]+:\d+:function:[^:]+(:[^:]+)?$/.test(arn)) return 'function';
  if (/^arn:aws[a-z-]*:events:[^:]+:\d+:event-bus\/.+$/.test(arn)) return 'bus';
  return undefined;
}

/** Errors that another attempt would meet again. */
const PERMANENT = [
  'StateMachineDoesNotExist',
  'StateMachineDeleting',
  'InvalidArn',
  'InvalidName',
  'InvalidExecutionInput',
  'ValidationException',
  'ResourceNotFoundException',
];

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 600_000;
const BATCH = 50;

/** Tries every delivery that is due, in the order in which they were made. */
export async function deliverDue(store: EventStore, targets: Targets, now: () => number): Promise<void> {
  for (;;) {
    const due = store.deliveries.due(now(), BATCH);
    if (due.length === 0) return;
    for (const delivery of due) await attempt(store, targets, delivery, now());
  }
}

async function attempt(store: EventStore, targets: Targets, delivery: Delivery, now: number): Promise<void> {
  try {
    await send(targets, delivery);
    store.deliveries.remove(delivery.id);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    // The name tells that an earlier attempt arrived.
    if (error.name === 'ExecutionAlreadyExists') return store.deliveries.remove(delivery.id);
    const attempts = delivery.attempts + 1;
    const text = `${error.name}: ${error.message}`;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** delivery.attempts, LONGEST_DELAY_MS);
    const expired = now + delay > delivery.createdAt + delivery.maxAgeSeconds * 1_000;
    if (PERMANENT.includes(error.name) || attempts > delivery.maxAttempts || expired) {
      store.deliveries.fail(delivery.id, attempts, text);
    } else {
      store.deliveries.retry(delivery.id, attempts, now + delay, text);
    }
  }
}

async function send(targets: Targets, { targetArn, name, input }: Delivery): Promise<void> {
  switch (targetKind(targetArn)) {
    case 'state-machine':
      await targets.startExecution({ stateMachineArn: targetArn, name, input });
      return;
    case 'function':
      await targets.invokeFunction?.(targetArn, JSON.parse(input), name);
      return;
    case 'bus':
      targets.putOnBus(targetArn, input);
      return;
    case undefined:
      throw Object.assign(new Error(`${targetArn} cannot be a target here`), { name: 'InvalidArn' });
  }
}
