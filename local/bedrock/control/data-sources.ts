/** Data sources (S3 buckets that are folders here) and ingestion jobs. */
import { conflict, invalid } from '../errors.ts';
import {
  DESCRIPTION,
  type Fields,
  ID,
  NAME,
  optionalChoice,
  optionalFields,
  optionalInteger,
  optionalList,
  optionalText,
  refuse,
  text,
} from '../fields.ts';
import { type Chunking, DEFAULT_CHUNKING } from '../knowledge/chunk.ts';
import { type IngestResult, ingest } from '../knowledge/ingest.ts';
import { openIndex } from '../knowledge/passage-index.ts';
import { defined } from './agents.ts';
import { knowledgeBaseOf } from './knowledge-bases.ts';
import {
  type ControlPlane,
  missing,
  type Operation,
  type Params,
  pageSize,
  pageToken,
  timestamp,
} from './resources.ts';

export interface DataSourceDoc {
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
  readonly name: string;
  readonly clientToken?: string;
  readonly description?: string;
  readonly dataSourceConfiguration: Fields;
  readonly vectorIngestionConfiguration?: Fields;
  readonly dataDeletionPolicy: 'RETAIN' | 'DELETE';
  readonly status: 'AVAILABLE';
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface JobDoc extends IngestResult {
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
  readonly ingestionJobId: string;
  readonly description?: string;
  readonly status: 'COMPLETE' | 'FAILED';
  readonly startedAt: string;
  readonly updatedAt: string;
}

/** Where the documents of a source lie, and how they are cut. Throws ValidationException for what is not read here. */
function readSource(
  plane: ControlPlane,
  doc: Pick<DataSourceDoc, 'dataSourceConfiguration' | 'vectorIngestionConfiguration'>,
) {
  const configuration = doc.dataSourceConfiguration;
  const type = text(configuration, 'type');
  const s3 = optionalFields(configuration, 's3Configuration');
  if (type !== 'S3' || s3 === undefined) {
    throw invalid(
      `a data source of type ${type} is not supported by this runtime; use S3 with s3Configuration`,
    );
  }
  const bucket = text(s3, 'bucketArn', { pattern: /arn:aws[a-z-]*:s3:::.+/ }).split(':::')[1] ?? '';
  const folder = plane.buckets[bucket];
  if (folder === undefined) {
    const known = Object.keys(plane.buckets).join(', ') || 'none';
    throw invalid(`bucket ${bucket} is not configured in this runtime; configured: ${known}`);
  }
  const prefixes = (optionalList(s3, 'inclusionPrefixes') ?? []).map(String);
  return { bucket, folder, prefixes, chunking: readChunking(doc.vectorIngestionConfiguration) };
}

function readChunking(configuration: Fields | undefined): Chunking {
  if (configuration === undefined) return DEFAULT_CHUNKING;
  refuse(configuration, 'vectorIngestionConfiguration', {
    parsingConfiguration: 'documents are read as text',
    customTransformationConfiguration: 'passages are made here',
    contextEnrichmentConfiguration: 'passages are kept as they stand',
  });
  const chunking = optionalFields(configuration, 'chunkingConfiguration');
  if (chunking === undefined) return DEFAULT_CHUNKING;
  const strategy = optionalChoice(chunking, 'chunkingStrategy', ['FIXED_SIZE', 'NONE'] as const);
  if (strategy === 'NONE') return { maxTokens: Number.POSITIVE_INFINITY, overlapPercentage: 0 };
  const fixed = optionalFields(chunking, 'fixedSizeChunkingConfiguration') ?? {};
  return {
    maxTokens: optionalInteger(fixed, 'maxTokens', 1, 8_192) ?? DEFAULT_CHUNKING.maxTokens,
    overlapPercentage:
      optionalInteger(fixed, 'overlapPercentage', 1, 99) ?? DEFAULT_CHUNKING.overlapPercentage,
  };
}

function sourceOf(plane: ControlPlane, params: Params): DataSourceDoc {
  const { knowledgeBaseId } = knowledgeBaseOf(plane, params);
  const id = text(params, 'dataSourceId', ID);
  const source = plane.store.get<DataSourceDoc>('data-source', knowledgeBaseId, id);
  if (source === undefined) throw missing(`data source of knowledge base ${knowledgeBaseId}`, id);
  return source;
}

function readContent(plane: ControlPlane, body: Fields) {
  const dataSourceConfiguration = optionalFields(body, 'dataSourceConfiguration');
  if (dataSourceConfiguration === undefined) throw invalid('dataSourceConfiguration must be given');
  const vectorIngestionConfiguration = optionalFields(body, 'vectorIngestionConfiguration');
  const content = {
    name: text(body, 'name', NAME),
    dataSourceConfiguration,
    dataDeletionPolicy:
      optionalChoice(body, 'dataDeletionPolicy', ['RETAIN', 'DELETE'] as const) ?? ('DELETE' as const),
    ...defined({ vectorIngestionConfiguration, description: optionalText(body, 'description', DESCRIPTION) }),
  };
  readSource(plane, content);
  return content;
}

export const createDataSource: Operation = (plane, params, body) => {
  const { knowledgeBaseId } = knowledgeBaseOf(plane, params);
  const sources = plane.store.all<DataSourceDoc>('data-source', knowledgeBaseId);
  const clientToken = optionalText(body, 'clientToken');
  const repeated = sources.find((source) => clientToken !== undefined && source.clientToken === clientToken);
  if (repeated !== undefined) return { dataSource: repeated };
  const content = readContent(plane, body);
  if (sources.some((source) => source.name === content.name)) {
    throw conflict(`Knowledge base ${knowledgeBaseId} already has a data source ${content.name}.`);
  }
  const at = timestamp(plane);
  const source: DataSourceDoc = {
    knowledgeBaseId,
    dataSourceId: plane.newId(),
    ...content,
    ...defined({ clientToken }),
    status: 'AVAILABLE',
    createdAt: at,
    updatedAt: at,
  };
  plane.store.put('data-source', knowledgeBaseId, source.dataSourceId, source);
  return { dataSource: source };
};

export const updateDataSource: Operation = (plane, params, body) => {
  const before = sourceOf(plane, params);
  const source: DataSourceDoc = { ...before, ...readContent(plane, body), updatedAt: timestamp(plane) };
  plane.store.put('data-source', before.knowledgeBaseId, before.dataSourceId, source);
  return { dataSource: source };
};

export const getDataSource: Operation = (plane, params) => ({ dataSource: sourceOf(plane, params) });

export const listDataSources: Operation = (plane, params, body) => {
  const { knowledgeBaseId } = knowledgeBaseOf(plane, params);
  const page = plane.store.page<DataSourceDoc>(
    'data-source',
    knowledgeBaseId,
    pageSize(body),
    pageToken(body),
  );
  return {
    dataSourceSummaries: page.items.map(({ dataSourceId, name, status, updatedAt, description }) => ({
      knowledgeBaseId,
      dataSourceId,
      name,
      status,
      updatedAt,
      ...defined({ description }),
    })),
    ...defined({ nextToken: page.nextToken }),
  };
};

/** With the policy DELETE the passages go with the source; with RETAIN they can still be found. */
export const deleteDataSource: Operation = (plane, params) => {
  const { knowledgeBaseId, dataSourceId, dataDeletionPolicy } = sourceOf(plane, params);
  if (dataDeletionPolicy === 'DELETE') {
    const index = openIndex(plane.store.db, knowledgeBaseId);
    for (const document of index.documents(dataSourceId)) index.removeDocument(document.uri);
  }
  plane.store.remove('data-source', knowledgeBaseId, dataSourceId);
  plane.store.removeAll('ingestion-job', `${knowledgeBaseId}/${dataSourceId}`);
  return { knowledgeBaseId, dataSourceId, status: 'DELETING' };
};

/** Ingests at once: the answer says STARTING as AWS does, the job is complete when it is read. */
export const startIngestionJob: Operation = (plane, params, body) => {
  const source = sourceOf(plane, params);
  const { knowledgeBaseId, dataSourceId } = source;
  const startedAt = timestamp(plane);
  const result = ingest(
    { dataSourceId, ...readSource(plane, source) },
    openIndex(plane.store.db, knowledgeBaseId),
  );
  const { numberOfDocumentsFailed: failed, numberOfDocumentsScanned: scanned } = result.statistics;
  const job: JobDoc = {
    knowledgeBaseId,
    dataSourceId,
    ingestionJobId: plane.newId(),
    ...defined({ description: optionalText(body, 'description', DESCRIPTION) }),
    status: failed > 0 && failed === scanned ? 'FAILED' : 'COMPLETE',
    ...result,
    startedAt,
    updatedAt: timestamp(plane),
  };
  plane.store.put('ingestion-job', `${knowledgeBaseId}/${dataSourceId}`, job.ingestionJobId, job);
  const { statistics: _statistics, failureReasons: _reasons, ...started } = job;
  return { ingestionJob: { ...started, status: 'STARTING' } };
};

export const getIngestionJob: Operation = (plane, params) => {
  const { knowledgeBaseId, dataSourceId } = sourceOf(plane, params);
  const id = text(params, 'ingestionJobId', ID);
  const job = plane.store.get<JobDoc>('ingestion-job', `${knowledgeBaseId}/${dataSourceId}`, id);
  if (job === undefined) throw missing('ingestion job', id);
  return { ingestionJob: job };
};

export const listIngestionJobs: Operation = (plane, params, body) => {
  const { knowledgeBaseId, dataSourceId } = sourceOf(plane, params);
  const parent = `${knowledgeBaseId}/${dataSourceId}`;
  const page = plane.store.page<JobDoc>('ingestion-job', parent, pageSize(body), pageToken(body));
  return {
    ingestionJobSummaries: page.items.map(({ failureReasons: _reasons, ...summary }) => summary),
    ...defined({ nextToken: page.nextToken }),
  };
};
