import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { isMissing, isRefusedByCondition, plumblineErrorOf, uriOf } from './s3-errors.ts';
import { noTemporarySpace, type Workspace } from './workspace.ts';

/** How often a transfer that breaks off is taken up again where it ended. */
const ATTEMPTS = 4;

export interface Download {
  readonly bucket: S3Bucket;
  readonly key: string;
  /** Where the copy goes, within the workspace. */
  readonly path: string;
  /** Hex; what the content must hash to. Undefined where nobody knows. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
}

/**
 * Copies an object to a file, streamed, and checks its hash. A transfer that breaks off goes on from its last byte. A
 * file stands under its path only when it is whole. Throws FileChanged when the content is another one than was
 * planned with, FileNotReadable when there is no such object, NoTemporarySpace.
 */
export async function download(task: Download, workspace: Workspace): Promise<void> {
  await mkdir(dirname(task.path), { recursive: true });
  const partial = `${task.path}.partial`;
  const handle = await open(partial, 'w');
  try {
    const sha256 = await transfer(task, handle, workspace);
    if (task.sha256 !== undefined && task.sha256 !== sha256) throw changed(task);
    await handle.close();
    await rename(partial, task.path);
  } catch (error) {
    await handle.close();
    await rm(partial, { force: true });
    if (isMissing(error)) throw missing(task, error);
    if (isRefusedByCondition(error)) throw changed(task);
    if (isDiskFull(error)) throw noTemporarySpace(uriOf(task.bucket.name, task.key), workspace.folder);
    throw plumblineErrorOf(error, task.bucket.name, task.key);
  }
}

async function transfer(task: Download, handle: FileHandle, workspace: Workspace): Promise<string> {
  const hash = createHash('sha256');
  let at = 0;
  let etag: string | undefined;
  let giveBack: (() => void) | undefined;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const from = at;
      const reply = await task.bucket.client.send(
        new GetObjectCommand({
          Bucket: task.bucket.name,
          Key: task.key,
          // The rest must be of the object that was begun with.
          ...(etag === undefined ? {} : { IfMatch: etag, Range: `bytes=${from}-` }),
        }),
        task.signal ? { abortSignal: task.signal } : {},
      );
      const body = reply.Body as Readable;
      // A connection may break before anybody reads: the reader below sees it, and nobody else has to.
      body.on('error', () => {});
      const size = from + (reply.ContentLength ?? 0);
      etag = reply.ETag;
      try {
        giveBack ??= await workspace.promise(size, uriOf(task.bucket.name, task.key));
        for await (const block of body as AsyncIterable<Uint8Array>) {
          task.signal?.throwIfAborted();
          await handle.writeFile(block);
          hash.update(block);
          at += block.length;
        }
        if (at < size) throw new Error(`The transfer ended after ${at} of ${size} bytes`);
        return hash.digest('hex');
      } catch (error) {
        // A body that nobody reads would hold its connection.
        body.destroy();
        if (isPlumblineError(error)) throw error;
        if (at === size) return hash.digest('hex');
        if (attempt === ATTEMPTS || isDiskFull(error) || task.signal?.aborted) throw error;
      }
    }
  } finally {
    giveBack?.();
  }
}

function isDiskFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOSPC';
}

function changed({ bucket, key, sha256 }: Download): PlumblineError {
  return new PlumblineError('FileChanged', {
    what: 'An object of the lake is not the one that the run was planned with',
    where: uriOf(bucket.name, key),
    why: sha256 === undefined ? 'it was replaced while it was read' : `its SHA-256 is not ${sha256}`,
    next: 'restore the object, or start the run anew so that it is planned over what is there',
  });
}

function missing({ bucket, key }: Download, cause: unknown): PlumblineError {
  return new PlumblineError(
    'FileNotReadable',
    {
      what: 'There is no such object',
      where: uriOf(bucket.name, key),
      why: 'it was deleted after it had been registered, or the role may not list the bucket',
      next: 'restore it from its version history',
    },
    { cause },
  );
}
