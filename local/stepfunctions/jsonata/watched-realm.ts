/**
 * A realm in a thread of its own, for expressions that run native code which no check can reach.
 *
 * Node can also interrupt a script of its own thread (`timeout` of `node:vm`). That leaves the stack of asynchronous
 * calls unbalanced, and a process in which any asynchronous hook is on (a debugger, a tracer) then aborts. Ending a
 * thread harms nobody.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { EVALUATION_LIMITS, type RealmJob, type RealmReply } from './realm.ts';

/** What the thread says of the job it was given, in the one cell that both sides see. */
export const JOB = { given: 0, begun: 1, done: 2 } as const;

/** What the thread is started with. */
export interface RealmThreadData {
  readonly cell: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
}

/** Milliseconds for a thread to start on a busy machine; the time of the expression counts from when it begins. */
const START_LIMIT = 60_000;
/** The bounds of the realm end an expression well before this; it is what a mistake in them would cost. */
const HEAP_MEGABYTES = 1_024;

interface RealmThread extends RealmThreadData {
  readonly worker: Worker;
}

export class WatchedRealm {
  #thread: RealmThread | undefined;

  /** Evaluates one expression; a timeout is a reply like any other, and the next expression gets a new thread. */
  evaluate(job: RealmJob): RealmReply {
    this.#thread ??= start();
    const { cell, port, worker } = this.#thread;
    Atomics.store(cell, 0, JOB.given);
    port.postMessage(job);
    const begun = Atomics.wait(cell, 0, JOB.given, START_LIMIT) !== 'timed-out';
    if (begun) Atomics.wait(cell, 0, JOB.begun, EVALUATION_LIMITS.milliseconds);
    if (Atomics.load(cell, 0) === JOB.done) return receiveMessageOnPort(port)?.message as RealmReply;
    this.#thread = undefined;
    void worker.terminate();
    if (!begun) throw new Error(`the thread for expressions did not start within ${START_LIMIT} ms`);
    const message = 'Expression evaluation timeout: Check for infinite loop';
    return { error: { code: '', message, bound: true } };
  }
}

function start(): RealmThread {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./realm-thread.ts', import.meta.url), {
    workerData: { cell, port: port2 } satisfies RealmThreadData,
    transferList: [port2],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  // The thread dies of too much memory as it does of too much time: the wait above ends, and the reply says so.
  worker.on('error', () => {});
  worker.unref();
  port1.unref();
  return { cell, port: port1, worker };
}
