import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import { DelimitedDecoder } from './delimited.ts';
import { FLAT_SHAPE, JsonDecoder } from './json-records.ts';
import type { Mapping } from './mappings/mapping.ts';
import { MarkdownDecoder } from './markdown.ts';
import type { NumberReader } from './numbers.ts';
import type { Decoder, RecordSink } from './records.ts';
import { TMF635_SHAPE } from './tmf635.ts';

export type FeedFormat = FeedDeclaration['format'];

/** What is read, and how. */
export interface DecodeRequest {
  readonly format: Exclude<FeedFormat, 'parquet'>;
  readonly dataset: DatasetName;
  readonly mapping: Mapping;
  readonly fileName: string;
  /** Zone of times without an offset; overrules the mapping's. */
  readonly timeZone?: string;
  /** Normalises numbers; left out, they stay as they are. */
  readonly numbers?: NumberReader;
}

/** A decoder for the request. Throws UsageError when format, dataset and mapping do not go together. */
export function createDecoder(request: DecodeRequest, sink: RecordSink): Decoder {
  const { format, mapping, fileName, timeZone } = request;
  const { numbers } = request;
  const context = {
    dataset: DATASETS[request.dataset],
    fileName,
    ...(numbers === undefined ? {} : { numbers }),
  };
  if (mapping.dataset !== request.dataset) {
    throw mismatch(`The mapping ${mapping.name} is for the dataset ${mapping.dataset}`, fileName);
  }
  switch (format) {
    case 'csv':
      if (mapping.delimited === undefined)
        throw mismatch(`The mapping ${mapping.name} is not for delimited text`, fileName);
      return new DelimitedDecoder(context, mapping, sink, timeZone);
    case 'jsonl':
      return new JsonDecoder(context, mapping, FLAT_SHAPE, sink, timeZone);
    case 'tmf635':
      return new JsonDecoder(context, mapping, TMF635_SHAPE, sink, timeZone);
    case 'markdown':
      if (request.dataset !== 'contract')
        throw mismatch('Markdown documents are for the dataset contract', fileName);
      return new MarkdownDecoder(context, sink);
  }
}

const BY_EXTENSION: Readonly<Record<string, FeedFormat>> = {
  csv: 'csv',
  txt: 'csv',
  log: 'csv',
  json: 'jsonl',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  md: 'markdown',
  markdown: 'markdown',
};

/** The format of a file without a feed declaration, by its first bytes and, where these are silent, its extension. */
export function detectFormat(fileName: string, head: Uint8Array): FeedFormat {
  const start = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase();
  const named = BY_EXTENSION[extension];
  if (start.startsWith('PAR1') || named === 'parquet') return 'parquet';
  if (/^\s*[[{]/.test(start)) return /"usageCharacteristic"|"usageDate"/.test(start) ? 'tmf635' : 'jsonl';
  return named ?? (start.startsWith('---') ? 'markdown' : 'csv');
}

function mismatch(what: string, fileName: string): PlumblineError {
  return new PlumblineError('UsageError', {
    what,
    where: fileName,
    next: 'name another dataset with --as or another mapping with --mapping',
  });
}
