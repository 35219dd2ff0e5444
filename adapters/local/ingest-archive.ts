import { type Entry, openPromise } from 'yauzl';
import { PlumblineError } from '#core/domain/errors.ts';

/** Most files that one archive may hold: far more than the hours of a year. */
export const MAX_ENTRIES = 10_000;
const LOCAL_HEADER_BYTES = 30;
const FILE_TYPE = 0o170000;
const REGULAR_FILE = 0o100000;

/** How a file is packed, by its first bytes. */
export function packedAs(head: Uint8Array): 'no' | 'gzip' | 'zip' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const zip = head[0] === 0x50 && head[1] === 0x4b;
  return zip && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6)) ? 'zip' : 'no';
}

/**
 * The files in a zip archive, in order of their names, without folders and hidden ones. Throws ArchiveRefused when
 * the archive as a whole is not to be trusted: names that lead out of it, links, entries that lie over one another,
 * too many of them, encryption. Nothing is ever unpacked to the disk.
 */
export async function zipEntries(path: string, fileName: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    const zip = await openPromise(path, { strictFileNames: true, autoClose: false });
    try {
      if (zip.entryCount > MAX_ENTRIES) {
        throw refusedArchive(fileName, `it holds ${zip.entryCount} files, more than ${MAX_ENTRIES}`);
      }
      for await (const entry of zip.eachEntry()) entries.push(entry);
    } finally {
      zip.close();
    }
  } catch (error) {
    throw listingError(error, fileName);
  }
  checkEntries(entries, fileName);
  return entries
    .filter((entry) => !entry.fileName.endsWith('/') && !entry.fileName.split('/').some(isHidden))
    .sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

/** True for names that are left out wherever files are looked for. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_');
}

/** The error for an archive that is not opened, for its own safety's sake. */
export function refusedArchive(
  fileName: string,
  why: string,
  next = 'ask the source what it sent; unpack it by hand where it is to be trusted',
): PlumblineError {
  return new PlumblineError('ArchiveRefused', {
    what: 'The archive is not read',
    where: fileName,
    why,
    next,
  });
}

/** The error for an archive whose bytes are broken. */
export function damagedArchive(fileName: string, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError(
    'FileNotReadable',
    {
      what: 'The archive is cut off or damaged',
      where: fileName,
      why,
      next: 'compare its size with the source, fetch it again, then ingest it',
    },
    { cause },
  );
}

function checkEntries(entries: readonly Entry[], fileName: string): void {
  if (entries.some((entry) => entry.fileName === '[Content_Types].xml')) {
    throw refusedArchive(
      fileName,
      'it is a document of an office program',
      'save it as CSV (UTF-8), then ingest that',
    );
  }
  const names = new Set<string>();
  for (const entry of entries) {
    if (names.has(entry.fileName)) throw refusedArchive(fileName, `${entry.fileName} stands in it twice`);
    names.add(entry.fileName);
    if (entry.isEncrypted()) throw refusedArchive(fileName, 'it is encrypted', 'decrypt it first');
    const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
    if (!entry.fileName.endsWith('/') && type !== 0 && type !== REGULAR_FILE) {
      throw refusedArchive(fileName, `${entry.fileName} is a link or a device, not a file`);
    }
  }
  const inOrder = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  inOrder.forEach((entry, index) => {
    const next = inOrder[index + 1];
    const end =
      entry.relativeOffsetOfLocalHeader + LOCAL_HEADER_BYTES + entry.fileNameLength + entry.compressedSize;
    if (next && end > next.relativeOffsetOfLocalHeader) {
      throw refusedArchive(fileName, `${entry.fileName} and ${next.fileName} lie over one another in it`);
    }
  });
}

function listingError(error: unknown, fileName: string): unknown {
  if (error instanceof PlumblineError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/^E[A-Z]+$/.test(code)) return error;
  if (/relative path|absolute path|invalid characters/i.test(message)) {
    return refusedArchive(fileName, 'a name in it leads out of the folder in which it would be unpacked');
  }
  return damagedArchive(fileName, 'its list of files cannot be read', error);
}
