import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';

/** What is left free for spilling and for the files that a run writes, in bytes. */
const RESERVE = 64n << 20n;

/**
 * The private folder of one invocation: copies of objects, spill files, files to publish. Nothing of it outlives the
 * invocation, so that a warm function does not fill its disk.
 */
export class Workspace {
  readonly folder: string;
  readonly #freeBytes: (folder: string) => Promise<bigint>;
  #promised = 0n;

  private constructor(folder: string, freeBytes: (folder: string) => Promise<bigint>) {
    this.folder = folder;
    this.#freeBytes = freeBytes;
  }

  /** Makes the folder. `freeBytes` says what is free on its disk; by default the system does. */
  static async open(root: string = tmpdir(), freeBytes = freeBytesOf): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(root, 'plumbline-function-')), freeBytes);
  }

  /**
   * Promises room for a file that is about to be written; the answer gives it back. Throws NoTemporarySpace when the
   * disk cannot hold the file beside all that is under way.
   */
  async promise(bytes: number, what: string): Promise<() => void> {
    const free = (await this.#freeBytes(this.folder)) - this.#promised - RESERVE;
    if (BigInt(bytes) > free) {
      const room = `${megabytes(BigInt(bytes))}; ${megabytes(free > 0n ? free : 0n)} can be used`;
      throw noTemporarySpace(`${what}, ${room}`, this.folder);
    }
    this.#promised += BigInt(bytes);
    return () => {
      this.#promised -= BigInt(bytes);
    };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freeBytesOf(folder: string): Promise<bigint> {
  const { bavail, bsize } = await statfs(folder, { bigint: true });
  return bavail * bsize;
}

/** A copy does not fit on the function's disk. */
export function noTemporarySpace(what: string, where: string): PlumblineError {
  return new PlumblineError('NoTemporarySpace', {
    what: `There is no temporary space for ${what}`,
    where,
    why: 'the objects of a partition are copied there before they are read',
    next: "raise the function's ephemeral storage, or ingest into more buckets",
  });
}

function megabytes(bytes: bigint): string {
  return `${(bytes + 0xf_ffffn) >> 20n} MB`;
}
