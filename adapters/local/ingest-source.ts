import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import { type Entry, openPromise } from 'yauzl';
import { PlumblineError } from '#core/domain/errors.ts';
import { damagedArchive, refusedArchive } from './ingest-archive.ts';

/** Bytes read from a plain file at a time. */
const BLOCK_BYTES = 1 << 22;
/** Bytes unpacked at a time. */
const UNPACKED_BLOCK_BYTES = 1 << 20;
/** Most bytes that one packed file may unpack to: several times the largest file of a day. */
export const MAX_UNPACKED_BYTES = 64 * 2 ** 30;
/** Records compress to a tenth, seldom to a fiftieth. Deflate cannot do better than 1:1032, which only noise-free bytes reach. */
export const MAX_RATIO = 200;
/** Up to so many unpacked bytes any ratio is harmless. */
export const RATIO_FROM_BYTES = 16 * 2 ** 20;

/** Where the bytes of a file stand. With an entry, in a zip archive; byte offsets count in the unpacked bytes. */
export interface SourceLocation {
  readonly path: string;
  readonly packed: 'no' | 'gzip' | 'zip';
  readonly entry?: Entry;
}

/** The bytes of the file in blocks, each good until the next one is asked for. Throws ArchiveRefused or FileNotReadable. */
export function bytesOf(location: SourceLocation, fileName: string): AsyncGenerator<Buffer, void> {
  if (location.packed === 'gzip') return gunzipped(location.path, fileName);
  return location.entry === undefined
    ? plain(location.path, fileName)
    : unzipped(location.path, location.entry, fileName);
}

/** The first bytes, up to 4096. */
export async function headOf(location: SourceLocation, fileName: string): Promise<Buffer> {
  if (location.packed === 'no') return plainHead(location.path, fileName);
  for await (const block of bytesOf(location, fileName)) return Buffer.from(block.subarray(0, 4096));
  return Buffer.alloc(0);
}

/** The first bytes of a file as they stand on the disk, up to 4096. */
export async function plainHead(path: string, fileName: string): Promise<Buffer> {
  const handle = await opened(path, fileName);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function opened(path: string, fileName: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw notReadable(fileName, cause);
  }
}

/** The error for a file that the system does not let us read. */
export function notReadable(fileName: string, cause: unknown): PlumblineError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return new PlumblineError(
    'FileNotReadable',
    {
      what: 'The file cannot be read',
      where: fileName,
      why: `the system says ${code}`,
      next: 'look at its rights and whether it is still there, then ingest it',
    },
    { cause },
  );
}

const block = { bytes: undefined as Buffer | undefined, taken: false };

async function* plain(path: string, fileName: string): AsyncGenerator<Buffer, void> {
  // One block for all files, one after the other; a second reader at the same time gets one of its own.
  const own = block.taken ? undefined : (block.bytes ?? Buffer.allocUnsafeSlow(BLOCK_BYTES));
  if (own) Object.assign(block, { bytes: own, taken: true });
  const bytes = own ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let handle: FileHandle | undefined;
  try {
    handle = await opened(path, fileName);
    for (;;) {
      const filled = await fill(handle, bytes);
      if (filled > 0) yield bytes.subarray(0, filled);
      if (filled < bytes.length) return;
    }
  } finally {
    if (own) block.taken = false;
    await handle?.close();
  }
}

async function fill(handle: FileHandle, bytes: Buffer): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function* gunzipped(path: string, fileName: string): AsyncGenerator<Buffer, void> {
  const { size } = await stat(path);
  const packed = createReadStream(path, { highWaterMark: 1 << 18 });
  const gunzip = createGunzip({ chunkSize: UNPACKED_BLOCK_BYTES });
  packed.on('error', (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  const within = limits(fileName, () => gunzip.bytesWritten);
  try {
    for await (const bytes of gunzip as AsyncIterable<Buffer>) {
      within(bytes.length);
      yield bytes;
    }
    if (gunzip.bytesWritten < size) {
      throw refusedArchive(
        fileName,
        `${size - gunzip.bytesWritten} bytes stand behind its end, which is not read`,
      );
    }
  } catch (error) {
    throw unpackingError(error, fileName);
  } finally {
    gunzip.destroy();
    packed.destroy();
  }
}

async function* unzipped(path: string, entry: Entry, fileName: string): AsyncGenerator<Buffer, void> {
  let stream: Readable | undefined;
  try {
    const zip = await openPromise(path, { autoClose: false });
    try {
      stream = await zip.openReadStreamPromise(entry);
      const within = limits(fileName, () => entry.compressedSize);
      let checksum = 0;
      for await (const bytes of stream as AsyncIterable<Buffer>) {
        within(bytes.length);
        checksum = crc32(bytes, checksum);
        yield bytes;
      }
      if (checksum !== entry.crc32) throw damagedArchive(fileName, 'its checksum does not match');
    } finally {
      stream?.destroy();
      zip.close();
    }
  } catch (error) {
    throw unpackingError(error, fileName);
  }
}

/** Counts unpacked bytes; throws ArchiveRefused once they are too many, or too many for what was packed. */
function limits(fileName: string, packedBytes: () => number): (length: number) => void {
  let unpacked = 0;
  return (length) => {
    unpacked += length;
    if (unpacked > MAX_UNPACKED_BYTES) {
      throw refusedArchive(fileName, `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
    }
    if (unpacked > RATIO_FROM_BYTES && unpacked > packedBytes() * MAX_RATIO) {
      throw refusedArchive(fileName, `it unpacks to more than ${MAX_RATIO} times its size`);
    }
  };
}

function unpackingError(error: unknown, fileName: string): unknown {
  if (error instanceof PlumblineError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/^E[A-Z]+$/.test(code)) return error;
  const cutOff = code === 'Z_BUF_ERROR' || /unexpected end|truncated|not enough bytes/i.test(message);
  return damagedArchive(fileName, cutOff ? 'it ends too early' : 'its packed bytes make no sense', error);
}
