import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import { download } from './download.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { uriOf } from './s3-errors.ts';
import type { Workspace } from './workspace.ts';

/** The plan and what its partitions found follow from the input: they are written once. */
const WRITTEN_ONCE = /^runs\/[^/]+\/(plan\.json$|partitions\/)/;

/**
 * The files of runs in a bucket. The plan, what partitions write and everything that is published is written once:
 * again with the same content is a no-op, with another one it is FileChanged. Findings and manifest, which also depend
 * on what is asked of a run, are replaced.
 */
export class S3RunStore implements RunStore {
  readonly #bucket: S3Bucket;
  readonly #workspace: Workspace;

  constructor(bucket: S3Bucket, workspace: Workspace) {
    this.#bucket = bucket;
    this.#workspace = workspace;
  }

  async write(key: string, data: string | Uint8Array): Promise<void> {
    const source = { bytes: Buffer.from(data as Uint8Array) };
    if (WRITTEN_ONCE.test(checked(key))) await this.#bucket.create(key, source);
    else await this.#bucket.replace(key, source);
  }

  async readText(key: string): Promise<string> {
    const text = await this.#bucket.readText(checked(key));
    if (text === undefined) throw this.#notFound(key);
    return text;
  }

  exists(key: string): Promise<boolean> {
    return this.#bucket.exists(checked(key));
  }

  list(prefix: string): Promise<string[]> {
    return this.#bucket.list(prefix);
  }

  /** A copy of the object as it is now, read from the bucket each time. Throws RunNotFound when there is none. */
  async localPath(key: string): Promise<string> {
    if (!(await this.exists(key))) throw this.#notFound(key);
    const path = join(this.#workspace.folder, 'runs', randomUUID().slice(0, 8), ...key.split('/'));
    await download({ bucket: this.#bucket, key, path }, this.#workspace);
    return path;
  }

  async publish(localPath: string, key: string): Promise<void> {
    await this.#bucket.create(checked(key), { path: localPath });
    await rm(localPath, { force: true });
  }

  #notFound(key: string): PlumblineError {
    return new PlumblineError('RunNotFound', {
      what: `There is no ${key}`,
      where: uriOf(this.#bucket.name, key),
      why: 'no run wrote it, or the bucket of runs is another one',
      next: 'look at the executions of usage-reconciliation',
    });
  }
}

function checked(key: string): string {
  if (key !== '' && !key.split('/').some((part) => part === '' || part === '.' || part === '..')) return key;
  throw new PlumblineError('UsageError', {
    what: `"${key}" is not a key of a run`,
    why: 'keys are relative paths with forward slashes and without . or ..',
  });
}
