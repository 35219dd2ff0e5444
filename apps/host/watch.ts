import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import type { IngestSummary } from '#adapters/local/ingest-summary.ts';
import { CONTROLS } from '#core/controls/registry.ts';
import { isDatasetName } from '#core/domain/datasets.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import { parsePeriod } from '#core/domain/period.ts';
import type { PartitionPlan } from '#core/domain/run.ts';
import { LiveDay, type LiveUpdate } from '#core/reconcile/live-day.ts';
import { planPartitions } from '#core/reconcile/plan.ts';
import type { Host } from '../host.ts';
import { releasePostings, settle } from './decisions.ts';
import { billedArrived, closedMonths, ingest } from './ingest.ts';
import { announceClosedPeriod } from './triggers.ts';

/** Days that are kept reconciled in memory at a time; one that was left is taken up from the lake again. */
const DAYS_IN_MEMORY = 4;
/** A file whose size and time have not moved for one look is taken to be written completely. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;

/** What the watch tells of: files taken in, days that moved, months that closed, failures that did not end it. */
export type WatchEvent =
  | { readonly kind: 'ingested'; readonly summary: IngestSummary }
  | ({ readonly kind: 'day'; readonly partition: string; readonly ms: number } & LiveUpdate)
  | { readonly kind: 'closed'; readonly period: string }
  | { readonly kind: 'failed'; readonly what: string; readonly error: unknown };

export interface WatchOptions {
  readonly host: Host;
  /** Folder of feeds, looked through with its sub-folders. */
  readonly folder: string;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Port of the HTTP endpoint; none where it is left out. 0 takes a free one. */
  readonly port?: number;
  readonly onEvent: (event: WatchEvent) => void;
}

/** A folder that is being watched. */
export interface Watch {
  /** `http://127.0.0.1:…` where records can be posted. */
  readonly endpoint: string | null;
  /** Looks now, and resolves when everything found was taken in. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Takes in what comes into a folder or by HTTP, keeps the days that it touches reconciled, and announces months whose
 * feeds are complete: the rules of `statemachines/triggers.json` start reconciliation and investigation then. A file
 * that cannot be taken in is told of and does not end the watch.
 */
export async function watchFolder(options: WatchOptions): Promise<Watch> {
  const work = new WatchWork(options);
  const server = options.port === undefined ? null : await serve(work, options.port);
  const timer = setInterval(() => void work.look(), options.everyMs);
  await work.look();
  const address = server?.address();
  return {
    endpoint: address && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : null,
    look: () => work.look(),
    close: async () => {
      clearInterval(timer);
      await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
      await work.close();
    },
  };
}

class WatchWork {
  readonly #options: WatchOptions;
  readonly #days = new Map<string, LiveDay>();
  /** Everything happens one after the other: the lake has one writer. */
  #queue: Promise<unknown> = Promise.resolve();
  #sizes = new Map<string, string>();
  #taken = '';
  #cursor: number;
  #looking: Promise<void> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#cursor = options.host.stores.lake.cursor();
  }

  look(): Promise<void> {
    this.#looking ??= this.#enqueue(() => this.#lookNow()).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Takes in a body of records; its name is its hash, so that the same body sent again is the same file. */
  async post(dataset: string, body: Buffer, extension: string): Promise<IngestSummary> {
    if (!isDatasetName(dataset)) {
      throw new PlumblineError('UnknownName', {
        what: `There is no dataset "${dataset}"`,
        next: 'POST /datasets/usage/records',
      });
    }
    const folder = join(this.#options.host.stores.home, 'landing', dataset);
    const path = join(folder, `${createHash('sha256').update(body).digest('hex')}.${extension}`);
    await mkdir(folder, { recursive: true });
    return this.#enqueue(async () => {
      // Under its name it is there as a whole or not at all.
      await writeFile(`${path}.part`, body);
      await rename(`${path}.part`, path);
      const summary = await ingest({
        home: this.#options.host.stores.home,
        path,
        dataset,
        keepData: true,
        onProgress: () => {},
      });
      await this.#takenIn(summary);
      return summary;
    });
  }

  async close(): Promise<void> {
    await this.#queue;
    for (const day of this.#days.values()) await day.close();
    this.#days.clear();
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #lookNow(): Promise<void> {
    const { folder, host, onEvent } = this.#options;
    try {
      const sizes = await sizesOf(folder);
      const settled = [...sizes].every(([name, size]) => this.#sizes.get(name) === size);
      const state = [...sizes].map((entry) => entry.join(' ')).join('\n');
      this.#sizes = sizes;
      if (!settled || state === this.#taken) return;
      const summary = await ingest({
        home: host.stores.home,
        path: folder,
        keepData: true,
        onProgress: () => {},
      });
      await this.#takenIn(summary);
      this.#taken = state;
    } catch (error) {
      onEvent({ kind: 'failed', what: folder, error });
    }
  }

  async #takenIn(summary: IngestSummary): Promise<void> {
    const { host, onEvent } = this.#options;
    if (summary.ingested === 0 && summary.refused === 0) return;
    onEvent({ kind: 'ingested', summary });
    const { days, cursor } = host.stores.lake.changedDays(this.#cursor);
    for (const day of days) await this.#reconcile(day);
    this.#cursor = cursor;
    if (billedArrived(summary)) {
      for (const caseId of await releasePostings(host.stores, host.sfn)) await settle(host, caseId);
    }
    for (const period of await closedMonths(host.stores.lake)) {
      if (!days.some((day) => day.startsWith(period))) continue;
      await announceClosedPeriod(host.events, period);
      onEvent({ kind: 'closed', period });
    }
  }

  async #reconcile(day: string): Promise<void> {
    const { host, onEvent } = this.#options;
    const controls = CONTROLS.filter(({ grain }) => grain === 'record').map(({ id }) => id);
    const plans = await planPartitions(host.stores.lake, parsePeriod(day), controls);
    for (const partition of plans) {
      const plan: PartitionPlan = { runId: '', ...partition };
      const started = performance.now();
      const live = await this.#liveDay(plan.partitionId);
      const update = await live.update(plan);
      const ms = Math.round(performance.now() - started);
      onEvent({ kind: 'day', partition: plan.partitionId, ms, ...update });
    }
  }

  async #liveDay(partitionId: string): Promise<LiveDay> {
    const known = this.#days.get(partitionId);
    this.#days.delete(partitionId);
    const live = known ?? (await LiveDay.open(this.#options.host.stores));
    this.#days.set(partitionId, live);
    const [oldest] = this.#days.keys();
    if (this.#days.size > DAYS_IN_MEMORY && oldest !== undefined) {
      await this.#days.get(oldest)?.close();
      this.#days.delete(oldest);
    }
    return live;
  }
}

/** Size and time of every file below a folder, by path. */
async function sizesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = new Map<string, string>();
  for (const path of files.sort()) {
    const { size, mtimeMs } = await stat(path);
    sizes.set(path, `${size} ${mtimeMs}`);
  }
  return sizes;
}

/** `POST /datasets/<dataset>/records` with JSON Lines (application/x-ndjson) or CSV with a header line (text/csv). */
async function serve(work: WatchWork, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(body)}\n`);
    };
    accept(work, request).then(
      (summary) => answer(summary.refused > 0 ? 422 : 200, summary),
      (error: unknown) => {
        if (!isPlumblineError(error)) return answer(500, { message: 'The records could not be taken in' });
        return answer(STATUS[error.name] ?? 422, { code: error.code, message: error.message });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

const STATUS: Readonly<Record<string, number>> = { UnknownName: 404, UsageError: 400 };

/** Body types that are taken. None of them can be sent by a page of another site without asking first. */
const TYPES: Readonly<Record<string, string>> = {
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'application/json': 'jsonl',
  'text/csv': 'csv',
};

/** Records are the operator's books: nothing that a browser was led to send is taken. */
function refuseForeign({ headers }: IncomingMessage): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (headers.origin === undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(host)) return;
  throw new PlumblineError('UsageError', {
    what: 'Only programs on this machine may post records',
    why: 'the request names another host, or comes from a web page',
    next: 'post to 127.0.0.1, without an Origin',
  });
}

function extensionOf({ headers }: IncomingMessage): string {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const extension = TYPES[type];
  if (extension !== undefined) return extension;
  throw new PlumblineError('UsageError', {
    what: `A body of type "${type}" is not taken`,
    next: `content-type: one of ${Object.keys(TYPES).join(', ')}`,
  });
}

async function accept(work: WatchWork, request: IncomingMessage): Promise<IngestSummary> {
  refuseForeign(request);
  const [, dataset] = /^\/datasets\/([a-z_]+)\/records$/.exec(request.url ?? '') ?? [];
  if (request.method !== 'POST' || dataset === undefined) {
    throw new PlumblineError('UsageError', {
      what: `${request.method} ${request.url} is not served`,
      next: 'POST /datasets/usage/records with one JSON object per line',
    });
  }
  const extension = extensionOf(request);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > LARGEST_BODY_BYTES) {
      throw new PlumblineError('UsageError', {
        what: 'The body is too large',
        why: `at most ${LARGEST_BODY_BYTES} bytes are taken at once`,
        next: 'send it in parts',
      });
    }
    parts.push(part as Buffer);
  }
  return work.post(dataset, Buffer.concat(parts), extension);
}
