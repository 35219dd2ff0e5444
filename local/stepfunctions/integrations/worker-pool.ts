/** Runs handlers in worker threads, with a time and a memory limit; workers are kept warm between calls. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { TaskContext, WorkerTask } from './handlers.ts';

/** Lambda's defaults. */
const DEFAULT_TIMEOUT_SECONDS = 900;
const DEFAULT_MEMORY_MB = 512;
const IDLE_MS = 30_000;
const OUT_OF_MEMORY = 'Runtime.OutOfMemory';

const BOOTSTRAP = `
const { parentPort, workerData } = require('node:worker_threads');
const loaded = import(workerData.module);
// The heap has its own limit; buffers live outside of it. This looks at them whenever the handler gives way.
const watch = setInterval(() => {
  const { arrayBuffers } = process.memoryUsage();
  if (arrayBuffers > workerData.bufferBytes) {
    parentPort.postMessage({ error: 'Runtime.OutOfMemory', cause: 'Buffers of the handler took over ' + workerData.bufferBytes / 2 ** 20 + ' MB', fatal: true });
    clearInterval(watch);
  }
}, 50);
watch.unref();
parentPort.on('message', async ({ payload, context }) => {
  try {
    const module = await loaded;
    const handler = module.handler ?? module.default;
    if (typeof handler !== 'function') throw Object.assign(new Error('the module exports no handler'), { name: 'Runtime.HandlerNotFound' });
    const reply = await handler(payload === undefined ? undefined : JSON.parse(payload), context);
    if (process.memoryUsage().arrayBuffers > workerData.bufferBytes) throw Object.assign(new Error('Buffers of the handler took over ' + workerData.bufferBytes / 2 ** 20 + ' MB'), { name: 'Runtime.OutOfMemory' });
    parentPort.postMessage({ reply: JSON.stringify(reply ?? null) });
  } catch (error) {
    const isError = error instanceof Error;
    parentPort.postMessage({ error: isError ? error.name : 'Error', cause: isError ? error.message : String(error) });
  }
});
`;

interface Idle {
  readonly worker: Worker;
  readonly timer: NodeJS.Timeout;
  readonly onExit: () => void;
}

type Reply =
  | { readonly reply: string }
  | { readonly error: string; readonly cause: string; readonly fatal?: boolean };

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

export class WorkerPool {
  readonly #idle = new Map<string, Idle[]>();
  readonly #busy = new Set<Worker>();

  /** Calls the module's handler. Rejects with an Error whose name is the error of the task. */
  async call(task: WorkerTask, payload: unknown, context: TaskContext): Promise<unknown> {
    const key = `${String(task.module)}|${task.memoryMb ?? DEFAULT_MEMORY_MB}`;
    const worker = this.#take(key, task);
    this.#busy.add(worker);
    const seconds = task.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    try {
      const reply = await exchange(worker, { payload: JSON.stringify(payload), context }, seconds);
      // What took too much memory is not used again.
      if ('error' in reply && (reply.fatal === true || reply.error === OUT_OF_MEMORY))
        void worker.terminate();
      else this.#put(key, worker);
      if ('error' in reply) throw named(reply.error, reply.cause);
      return JSON.parse(reply.reply) as unknown;
    } finally {
      this.#busy.delete(worker);
    }
  }

  #take(key: string, task: WorkerTask): Worker {
    const idle = this.#idle.get(key)?.pop();
    if (idle !== undefined) {
      clearTimeout(idle.timer);
      idle.worker.off('exit', idle.onExit);
      return idle.worker;
    }
    const module = task.module instanceof URL ? task.module.href : moduleUrl(task.module);
    const worker = new Worker(BOOTSTRAP, {
      eval: true,
      workerData: { module, bufferBytes: (task.memoryMb ?? DEFAULT_MEMORY_MB) * 2 ** 20 },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: task.memoryMb ?? DEFAULT_MEMORY_MB },
    });
    worker.unref();
    return worker;
  }

  #put(key: string, worker: Worker): void {
    const list = this.#idle.get(key) ?? [];
    // Also when it ends by itself: a handler may have left a timer behind that ends the process it thinks it is.
    const onExit = () => {
      clearTimeout(timer);
      const others = (this.#idle.get(key) ?? []).filter((idle) => idle.worker !== worker);
      this.#idle.set(key, others);
    };
    const timer = setTimeout(() => {
      onExit();
      void worker.terminate();
    }, IDLE_MS);
    timer.unref();
    worker.once('exit', onExit);
    list.push({ worker, timer, onExit });
    this.#idle.set(key, list);
  }

  async close(): Promise<void> {
    const workers = [...this.#busy];
    for (const list of this.#idle.values()) {
      for (const { worker, timer } of list) {
        clearTimeout(timer);
        workers.push(worker);
      }
    }
    this.#idle.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function moduleUrl(module: string): string {
  return /^(file|data|node):/.test(module) ? module : pathToFileURL(module).href;
}

/** One request and its reply; a worker that times out or dies is gone afterwards. */
function exchange(worker: Worker, request: unknown, seconds: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: Reply) => finish(() => resolve(reply));
    const onError = (error: NodeJS.ErrnoException) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      finish(() => reject(named(memory ? OUT_OF_MEMORY : error.name, error.message)));
    };
    const onExit = (code: number) => {
      finish(() => reject(named('Runtime.ExitError', `The worker exited with code ${code}`)));
    };
    // A worker may fail once more while it is being ended; nobody is interested then.
    const ignore = () => {};
    const finish = (act: () => void) => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.off('error', ignore).on('error', ignore);
      act();
    };
    const timer = setTimeout(() => {
      finish(() => {
        void worker.terminate();
        reject(named('Sandbox.Timedout', `Task timed out after ${seconds.toFixed(2)} seconds`));
      });
    }, seconds * 1000);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(request);
  });
}
