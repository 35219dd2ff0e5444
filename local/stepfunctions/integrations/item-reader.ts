/** Reads the items of a distributed Map from S3 objects (files of the bucket folders). */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { MapRunPlan } from '../states/map-distributed.ts';
import { type BucketFolders, objectPath } from './buckets.ts';
import { parseCsv } from './csv.ts';

export type { BucketFolders } from './buckets.ts';

/** Why items could not be read; becomes States.ItemReaderFailed. */
export class ItemReaderError extends Error {}

const DELIMITERS: Readonly<Record<string, string>> = {
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  SPACE: ' ',
  TAB: '\t',
};

interface ReaderConfig {
  readonly InputType?: string;
  readonly CSVHeaderLocation?: string;
  readonly CSVHeaders?: readonly string[];
  readonly CSVDelimiter?: string;
  readonly ItemsPointer?: string;
}

/** All items of a plan that has a reader. Throws ItemReaderError. */
export async function readItems(buckets: BucketFolders, plan: MapRunPlan): Promise<unknown[]> {
  const { reader } = plan;
  if (reader === undefined) return [];
  try {
    if (reader.resource.endsWith(':listObjectsV2'))
      return await listObjects(buckets, reader.bucket, reader.prefix);
    const text = await readFile(objectPath(buckets, reader.bucket, reader.key), 'utf8');
    return parseItems(text, (plan.readerConfig ?? {}) as ReaderConfig);
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    const missing = `The specified key does not exist. (Bucket: ${reader.bucket}, Key: ${reader.key})`;
    throw new ItemReaderError(error.code === 'ENOENT' ? missing : error.message);
  }
}

/** Items in the text of one object. */
export function parseItems(text: string, config: ReaderConfig): unknown[] {
  if (config.InputType === 'CSV') return csvItems(text, config);
  if (config.InputType === 'JSONL') {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as unknown);
  }
  const value = pointed(JSON.parse(text) as unknown, config.ItemsPointer);
  if (Array.isArray(value)) return value;
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).map(([Key, Value]) => ({ Key, Value }));
  }
  throw new Error('Attempting to map over non-iterable node.');
}

/** JSON Pointer (RFC 6901). */
function pointed(value: unknown, pointer: string | undefined): unknown {
  let at = value;
  for (const part of (pointer ?? '').split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) {
      throw new Error(`ItemsPointer '${pointer}' does not point to a value.`);
    }
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function csvItems(text: string, config: ReaderConfig): unknown[] {
  const rows = parseCsv(text, DELIMITERS[config.CSVDelimiter ?? 'COMMA'] ?? ',');
  const headers = config.CSVHeaderLocation === 'GIVEN' ? config.CSVHeaders : rows.shift();
  if (headers === undefined) return [];
  return rows.map((row) => Object.fromEntries(headers.map((header, index) => [header, row[index] ?? ''])));
}

/** Objects whose key begins with the prefix, as listObjectsV2 lists them: in the order of their keys. */
async function listObjects(buckets: BucketFolders, bucket: string, prefix: string): Promise<unknown[]> {
  const root = objectPath(buckets, bucket, '');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((key) => key.startsWith(prefix))
    .sort();
  const items: unknown[] = [];
  for (const Key of keys) {
    const path = join(root, Key);
    const { mtimeMs, size } = await stat(path);
    const hash = createHash('md5')
      .update(await readFile(path))
      .digest('hex');
    items.push({
      Etag: `"${hash}"`,
      Key,
      LastModified: Math.floor(mtimeMs / 1000),
      Size: size,
      StorageClass: 'STANDARD',
    });
  }
  return items;
}
