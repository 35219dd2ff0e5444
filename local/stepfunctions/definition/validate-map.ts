/** Checks what only a Map has: its processor, reader, batcher and writer. */

import { type Check, isObject, type Json } from './check.ts';
import { checkFields, type FieldContext } from './fields.ts';
import {
  BATCHER_FIELDS,
  READER_CONFIG_FIELDS,
  READER_FIELDS,
  WRITER_CONFIG_FIELDS,
  WRITER_FIELDS,
} from './state-fields.ts';

/** Members of a Map that need `Mode: DISTRIBUTED`. */
const DISTRIBUTED_ONLY = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'] as const;

const READERS = ['arn:aws:states:::s3:getObject', 'arn:aws:states:::s3:listObjectsV2'];
const WRITER = 'arn:aws:states:::s3:putObject';

export function checkMap(state: Json, context: FieldContext, language: string, check: Check): void {
  const { diagnostics, path } = context;
  const processor = state.ItemProcessor;
  if (!isObject(processor)) {
    diagnostics.error(`${path}/ItemProcessor`, 'A Map needs an ItemProcessor');
    return;
  }
  const config = processor.ProcessorConfig ?? {};
  const mode = isObject(config) ? (config.Mode ?? 'INLINE') : undefined;
  checkProcessor(processor, config, mode, context);
  check.region(processor, `${path}/ItemProcessor`, String(processor.QueryLanguage ?? language), check);
  if (state.Items !== undefined && state.ItemReader !== undefined) {
    diagnostics.error(`${path}/Items`, 'Items and ItemReader exclude each other');
  }
  const items = state.Items;
  if (items !== undefined && typeof items !== 'string' && !Array.isArray(items)) {
    diagnostics.error(`${path}/Items`, 'Items must be an array or a JSONata expression');
  }
  if (mode === 'DISTRIBUTED') checkDistributed(state, context);
  for (const field of DISTRIBUTED_ONLY) {
    if (state[field] !== undefined && mode !== 'DISTRIBUTED') {
      diagnostics.error(`${path}/${field}`, `${field} needs a Map in DISTRIBUTED mode`);
    }
  }
}

function checkProcessor(processor: Json, config: unknown, mode: unknown, context: FieldContext): void {
  const { diagnostics, path } = context;
  const { States: _states, StartAt: _start, ProcessorConfig: _config, ...rest } = processor;
  const at = `${path}/ItemProcessor`;
  checkFields(rest, { Comment: 'text', QueryLanguage: 'text' }, { diagnostics, path: at });
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED') {
    diagnostics.error(`${at}/ProcessorConfig/Mode`, "Mode must be 'INLINE' or 'DISTRIBUTED'");
    return;
  }
  const settings = config as Json;
  checkFields(
    settings,
    { Mode: 'text', ExecutionType: 'text' },
    { diagnostics, path: `${at}/ProcessorConfig` },
  );
  const type = settings.ExecutionType;
  if (mode === 'DISTRIBUTED' && type !== 'STANDARD' && type !== 'EXPRESS') {
    diagnostics.error(`${at}/ProcessorConfig/ExecutionType`, "ExecutionType must be 'STANDARD' or 'EXPRESS'");
  }
}

function checkDistributed(state: Json, context: FieldContext): void {
  const { diagnostics, path } = context;
  const label = state.Label;
  if (
    label !== undefined &&
    (typeof label !== 'string' || label.length > 40 || /[\s?*<>{}[\]:;,\\|^~$#%&`"]/.test(label))
  ) {
    diagnostics.error(`${path}/Label`, 'A Label has at most 40 characters and none of them special');
  }
  const { ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = state;
  if (reader !== undefined) checkReader(reader, { ...context, path: `${path}/ItemReader` });
  if (isObject(batcher)) {
    const at = { ...context, path: `${path}/ItemBatcher` };
    checkFields(batcher, BATCHER_FIELDS, at);
    if (batcher.MaxItemsPerBatch === undefined && batcher.MaxInputBytesPerBatch === undefined) {
      diagnostics.error(at.path, 'An ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch');
    }
  } else if (batcher !== undefined) diagnostics.error(`${path}/ItemBatcher`, 'ItemBatcher must be an object');
  if (writer !== undefined) checkWriter(writer, { ...context, path: `${path}/ResultWriter` });
}

function checkReader(reader: unknown, context: FieldContext): void {
  const { diagnostics, path } = context;
  if (!isObject(reader)) {
    diagnostics.error(path, 'ItemReader must be an object');
    return;
  }
  checkFields(reader, READER_FIELDS, context);
  if (!READERS.includes(String(reader.Resource))) {
    diagnostics.error(`${path}/Resource`, `An ItemReader reads from ${READERS.join(' or ')}`);
  }
  if (reader.Arguments === undefined) diagnostics.error(`${path}/Arguments`, 'An ItemReader needs Arguments');
  const config = reader.ReaderConfig ?? {};
  if (!isObject(config)) {
    diagnostics.error(`${path}/ReaderConfig`, 'ReaderConfig must be an object');
    return;
  }
  checkFields(config, READER_CONFIG_FIELDS, { ...context, path: `${path}/ReaderConfig` });
  checkReaderConfig(config, String(reader.Resource).endsWith('listObjectsV2'), diagnostics, path);
}

function checkReaderConfig(
  config: Json,
  isListing: boolean,
  diagnostics: FieldContext['diagnostics'],
  path: string,
): void {
  const type = config.InputType;
  if (!isListing && !['CSV', 'JSON', 'JSONL'].includes(String(type))) {
    diagnostics.error(
      `${path}/ReaderConfig/InputType`,
      "InputType must be 'CSV', 'JSON' or 'JSONL' in this runtime",
    );
  }
  if (type === 'CSV') {
    const where = config.CSVHeaderLocation;
    if (where !== 'FIRST_ROW' && where !== 'GIVEN') {
      diagnostics.error(`${path}/ReaderConfig/CSVHeaderLocation`, "Must be 'FIRST_ROW' or 'GIVEN'");
    }
    const headers = config.CSVHeaders;
    const given = Array.isArray(headers) && headers.every((header) => typeof header === 'string');
    if (where === 'GIVEN' && !given)
      diagnostics.error(`${path}/ReaderConfig/CSVHeaders`, 'CSVHeaders are required');
  }
  if (config.ItemsPointer !== undefined && type !== 'JSON') {
    diagnostics.error(`${path}/ReaderConfig/ItemsPointer`, 'ItemsPointer needs the InputType JSON');
  }
}

function checkWriter(writer: unknown, context: FieldContext): void {
  const { diagnostics, path } = context;
  if (!isObject(writer)) {
    diagnostics.error(path, 'ResultWriter must be an object');
    return;
  }
  checkFields(writer, WRITER_FIELDS, context);
  if (writer.Resource !== undefined && writer.Resource !== WRITER) {
    diagnostics.error(`${path}/Resource`, `A ResultWriter writes to ${WRITER}`);
  }
  if ((writer.Resource === undefined) !== (writer.Arguments === undefined)) {
    diagnostics.error(path, 'Resource and Arguments go together');
  }
  const config = writer.WriterConfig;
  if (config === undefined) return;
  if (!isObject(config)) {
    diagnostics.error(`${path}/WriterConfig`, 'WriterConfig must be an object');
    return;
  }
  checkFields(config, WRITER_CONFIG_FIELDS, { ...context, path: `${path}/WriterConfig` });
  if (!['NONE', 'COMPACT', 'FLATTEN', undefined].includes(config.Transformation as string | undefined)) {
    diagnostics.error(`${path}/WriterConfig/Transformation`, "Must be 'NONE', 'COMPACT' or 'FLATTEN'");
  }
  if (!['JSON', 'JSONL', undefined].includes(config.OutputType as string | undefined)) {
    diagnostics.error(`${path}/WriterConfig/OutputType`, "Must be 'JSON' or 'JSONL'");
  }
}
