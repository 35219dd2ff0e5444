/** Reads the documents of a data source from a bucket's folder into the index of its knowledge base. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isFields } from '../fields.ts';
import type { JsonValue } from '../model.ts';
import { type Chunking, chunk } from './chunk.ts';
import type { PassageIndex } from './passage-index.ts';

/** Files that are text as they stand. Others are counted as failed, with the reason. */
const TEXT_FILES = ['.txt', '.md', '.csv'];
const METADATA_SUFFIX = '.metadata.json';
const MAX_BYTES = 50 * 1024 * 1024;

export interface IngestSource {
  readonly dataSourceId: string;
  readonly bucket: string;
  readonly folder: string;
  readonly prefixes: readonly string[];
  readonly chunking: Chunking;
}

export interface IngestResult {
  readonly statistics: {
    numberOfDocumentsScanned: number;
    numberOfMetadataDocumentsScanned: number;
    numberOfNewDocumentsIndexed: number;
    numberOfModifiedDocumentsIndexed: number;
    numberOfMetadataDocumentsModified: number;
    numberOfDocumentsDeleted: number;
    numberOfDocumentsFailed: number;
  };
  readonly failureReasons: readonly string[];
}

/** Brings the index up to what the folder holds. A document that cannot be read leaves the others alone. */
export function ingest(source: IngestSource, index: PassageIndex): IngestResult {
  const statistics = {
    numberOfDocumentsScanned: 0,
    numberOfMetadataDocumentsScanned: 0,
    numberOfNewDocumentsIndexed: 0,
    numberOfModifiedDocumentsIndexed: 0,
    numberOfMetadataDocumentsModified: 0,
    numberOfDocumentsDeleted: 0,
    numberOfDocumentsFailed: 0,
  };
  const failureReasons: string[] = [];
  const before = new Map(index.documents(source.dataSourceId).map(({ uri, hash }) => [uri, hash]));
  for (const key of keysOf(source)) {
    const uri = `s3://${source.bucket}/${key}`;
    statistics.numberOfDocumentsScanned += 1;
    try {
      const { text, metadata, hash, hasMetadata } = readDocument(join(source.folder, key), key);
      if (hasMetadata) statistics.numberOfMetadataDocumentsScanned += 1;
      const known = before.get(uri);
      before.delete(uri);
      if (known === hash) continue;
      if (known === undefined) statistics.numberOfNewDocumentsIndexed += 1;
      else statistics.numberOfModifiedDocumentsIndexed += 1;
      index.replace(source.dataSourceId, { uri, hash, metadata }, chunk(text, source.chunking));
    } catch (error) {
      statistics.numberOfDocumentsFailed += 1;
      failureReasons.push(`${uri}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const uri of before.keys()) {
    index.removeDocument(uri);
    statistics.numberOfDocumentsDeleted += 1;
  }
  return { statistics, failureReasons };
}

function keysOf(source: IngestSource): readonly string[] {
  return readdirSync(source.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(source.folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((key) => !key.endsWith(METADATA_SUFFIX))
    .filter((key) => source.prefixes.length === 0 || source.prefixes.some((prefix) => key.startsWith(prefix)))
    .sort();
}

function readDocument(path: string, key: string) {
  if (!TEXT_FILES.some((ending) => key.toLowerCase().endsWith(ending))) {
    throw new Error(`the format is not read by this runtime; it reads ${TEXT_FILES.join(', ')}`);
  }
  const bytes = readFileSync(path);
  if (bytes.length > MAX_BYTES) throw new Error(`the file is larger than ${MAX_BYTES} bytes`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const side = `${path}${METADATA_SUFFIX}`;
  const hasMetadata = existsSync(side);
  const metadata = hasMetadata ? readMetadata(readFileSync(side, 'utf8')) : {};
  const hash = createHash('sha256').update(bytes).update(JSON.stringify(metadata)).digest('hex');
  return { text, metadata, hash, hasMetadata };
}

function readMetadata(json: string): { [key: string]: JsonValue } {
  const value: unknown = JSON.parse(json);
  const attributes = isFields(value) ? value.metadataAttributes : undefined;
  if (!isFields(attributes)) throw new Error('its metadata file has no object `metadataAttributes`');
  return attributes as { [key: string]: JsonValue };
}
