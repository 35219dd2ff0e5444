import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AssociateAgentKnowledgeBaseCommand,
  CreateDataSourceCommand,
  CreateKnowledgeBaseCommand,
  DeleteDataSourceCommand,
  DeleteKnowledgeBaseCommand,
  DisassociateAgentKnowledgeBaseCommand,
  GetAgentKnowledgeBaseCommand,
  GetDataSourceCommand,
  GetIngestionJobCommand,
  GetKnowledgeBaseCommand,
  ListAgentKnowledgeBasesCommand,
  ListDataSourcesCommand,
  ListIngestionJobsCommand,
  ListKnowledgeBasesCommand,
  PrepareAgentCommand,
  StartIngestionJobCommand,
  UpdateAgentKnowledgeBaseCommand,
  UpdateDataSourceCommand,
  UpdateKnowledgeBaseCommand,
} from '@aws-sdk/client-bedrock-agent';
import {
  type KnowledgeBaseVectorSearchConfiguration,
  RetrieveAndGenerateCommand,
  RetrieveCommand,
} from '@aws-sdk/client-bedrock-agent-runtime';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import {
  type Cloud,
  type HarnessOptions,
  invoke,
  MODEL,
  makeAgent,
  startBedrock,
} from './bedrock-harness.ts';

const DOCUMENTS: Readonly<Record<string, string>> = {
  'acme/roaming.md': 'Roaming charges.\n\nData used abroad is charged at 4 cent per megabyte.',
  'acme/roaming.md.metadata.json':
    '{"metadataAttributes":{"partner":"acme","year":2025,"tags":["roaming","data"]}}',
  'acme/late-fees.txt': 'Late payment bears interest of 8 percent per year from the due date.',
  'beta/roaming.md': 'Roaming is free of charge within the zone.',
  'beta/scan.pdf': '%PDF-1.4',
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bedrock-kb-'));
  for (const [key, text] of Object.entries(DOCUMENTS)) {
    mkdirSync(join(folder, key, '..'), { recursive: true });
    writeFileSync(join(folder, key), text);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (options: HarnessOptions = {}) => startBedrock({ buckets: { contracts: folder }, ...options });
const BASE = {
  name: 'contracts',
  roleArn: 'arn:aws:iam::000000000000:role/kb',
  knowledgeBaseConfiguration: {
    type: 'VECTOR' as const,
    vectorKnowledgeBaseConfiguration: {
      embeddingModelArn: 'arn:aws:bedrock:us-east-1::foundation-model/titan',
    },
  },
};
const s3 = (more: object = {}) => ({
  type: 'S3' as const,
  s3Configuration: { bucketArn: 'arn:aws:s3:::contracts', ...more },
});

async function makeBase(cloud: Cloud, source: object = {}) {
  const { knowledgeBase } = await cloud.control.send(new CreateKnowledgeBaseCommand(BASE));
  const knowledgeBaseId = knowledgeBase?.knowledgeBaseId ?? '';
  const { dataSource } = await cloud.control.send(
    new CreateDataSourceCommand({ knowledgeBaseId, name: 'folder', dataSourceConfiguration: s3(source) }),
  );
  return { knowledgeBaseId, dataSourceId: dataSource?.dataSourceId ?? '' };
}

async function ingest(cloud: Cloud, ids: { knowledgeBaseId: string; dataSourceId: string }) {
  const { ingestionJob } = await cloud.control.send(new StartIngestionJobCommand(ids));
  expect(ingestionJob?.status).toBe('STARTING');
  const ingestionJobId = ingestionJob?.ingestionJobId ?? '';
  return (await cloud.control.send(new GetIngestionJobCommand({ ...ids, ingestionJobId }))).ingestionJob;
}

const find = async (
  cloud: Cloud,
  knowledgeBaseId: string,
  text: string,
  vectorSearchConfiguration: KnowledgeBaseVectorSearchConfiguration = {},
) => {
  const reply = await cloud.runtime.send(
    new RetrieveCommand({
      knowledgeBaseId,
      retrievalQuery: { text },
      retrievalConfiguration: { vectorSearchConfiguration },
    }),
  );
  return reply.retrievalResults ?? [];
};
const uris = (results: Awaited<ReturnType<typeof find>>) =>
  results.map((result) => result.location?.s3Location?.uri);

test('ingestion counts what it did, and again when files change', async () => {
  await using cloud = await start();
  const ids = await makeBase(cloud);
  const first = await ingest(cloud, ids);
  expect(first?.status).toBe('COMPLETE');
  expect(first?.statistics).toMatchObject({
    numberOfDocumentsScanned: 4,
    numberOfNewDocumentsIndexed: 3,
    numberOfMetadataDocumentsScanned: 1,
    numberOfDocumentsFailed: 1,
  });
  expect(first?.failureReasons).toEqual([expect.stringMatching(/scan\.pdf: the format is not read/)]);
  writeFileSync(join(folder, 'beta/roaming.md'), 'Roaming now costs 2 cent.');
  unlinkSync(join(folder, 'acme/late-fees.txt'));
  const second = await ingest(cloud, ids);
  expect(second?.statistics).toMatchObject({
    numberOfNewDocumentsIndexed: 0,
    numberOfModifiedDocumentsIndexed: 1,
    numberOfDocumentsDeleted: 1,
  });
  expect(await find(cloud, ids.knowledgeBaseId, 'interest')).toEqual([]);
  const jobs = await cloud.control.send(new ListIngestionJobsCommand(ids));
  expect(jobs.ingestionJobSummaries).toHaveLength(2);
});

test('a passage is found with its source, its offsets and its metadata', async () => {
  await using cloud = await start();
  const ids = await makeBase(cloud);
  await ingest(cloud, ids);
  const [best] = await find(cloud, ids.knowledgeBaseId, 'charged for data abroad?');
  const text = DOCUMENTS['acme/roaming.md'] ?? '';
  expect(best?.location).toEqual({ type: 'S3', s3Location: { uri: 's3://contracts/acme/roaming.md' } });
  expect(best?.metadata).toMatchObject({ partner: 'acme', 'start-offset': 0, 'end-offset': text.length });
  expect(best?.content?.text).toBe(text);
  expect(best?.score).toBeGreaterThan(0);
  expect(best?.score).toBeLessThan(1);
});

test.each<[string, string, KnowledgeBaseVectorSearchConfiguration, string[]]>([
  [
    'a word in two documents',
    'roaming',
    {},
    ['s3://contracts/acme/roaming.md', 's3://contracts/beta/roaming.md'],
  ],
  [
    'one result: the shorter document of the two',
    'roaming',
    { numberOfResults: 1 },
    ['s3://contracts/beta/roaming.md'],
  ],
  [
    'another form of a word',
    'charging',
    {},
    ['s3://contracts/acme/roaming.md', 's3://contracts/beta/roaming.md'],
  ],
  ['no word in common', 'satellite', {}, []],
  [
    'FTS syntax is only words',
    '"roaming" NEAR(acme* -data) OR ^',
    {},
    ['s3://contracts/acme/roaming.md', 's3://contracts/beta/roaming.md'],
  ],
  ['no word at all', '?!', {}, []],
  [
    'equals',
    'roaming',
    { filter: { equals: { key: 'partner', value: 'acme' } } },
    ['s3://contracts/acme/roaming.md'],
  ],
  [
    'notEquals',
    'roaming',
    { filter: { notEquals: { key: 'partner', value: 'acme' } } },
    ['s3://contracts/beta/roaming.md'],
  ],
  ['greaterThan', 'roaming', { filter: { greaterThan: { key: 'year', value: 2025 } } }, []],
  [
    'listContains and startsWith',
    'roaming',
    {
      filter: {
        andAll: [
          { listContains: { key: 'tags', value: 'data' } },
          { startsWith: { key: 'partner', value: 'ac' } },
        ],
      },
    },
    ['s3://contracts/acme/roaming.md'],
  ],
])('search: %s', async (_name, text, configuration, expected) => {
  await using cloud = await start();
  const ids = await makeBase(cloud);
  await ingest(cloud, ids);
  expect(uris(await find(cloud, ids.knowledgeBaseId, text, configuration)).sort()).toEqual(expected);
});

test('pages of results hold each passage once', async () => {
  await using cloud = await start();
  const ids = await makeBase(cloud);
  await ingest(cloud, ids);
  const page = (nextToken?: string) =>
    cloud.runtime.send(
      new RetrieveCommand({
        knowledgeBaseId: ids.knowledgeBaseId,
        retrievalQuery: { text: 'roaming' },
        retrievalConfiguration: { vectorSearchConfiguration: { numberOfResults: 1 } },
        nextToken,
      }),
    );
  const first = await page();
  const second = await page(first.nextToken);
  expect(uris([...(first.retrievalResults ?? []), ...(second.retrievalResults ?? [])]).sort()).toEqual([
    's3://contracts/acme/roaming.md',
    's3://contracts/beta/roaming.md',
  ]);
  expect(second.nextToken).toBeUndefined();
});

test('knowledge bases and data sources: read, list, change, delete', async () => {
  await using cloud = await start();
  const { control } = cloud;
  const ids = await makeBase(cloud, { inclusionPrefixes: ['beta/'] });
  expect((await ingest(cloud, ids))?.statistics?.numberOfDocumentsScanned).toBe(2);
  await control.send(
    new UpdateKnowledgeBaseCommand({ ...BASE, knowledgeBaseId: ids.knowledgeBaseId, name: 'renamed' }),
  );
  expect((await control.send(new GetKnowledgeBaseCommand(ids))).knowledgeBase).toMatchObject({
    name: 'renamed',
    status: 'ACTIVE',
  });
  expect((await control.send(new ListKnowledgeBasesCommand({}))).knowledgeBaseSummaries).toMatchObject([
    { name: 'renamed' },
  ]);
  await control.send(new UpdateDataSourceCommand({ ...ids, name: 'all', dataSourceConfiguration: s3() }));
  expect((await control.send(new GetDataSourceCommand(ids))).dataSource).toMatchObject({
    name: 'all',
    status: 'AVAILABLE',
  });
  expect((await control.send(new ListDataSourcesCommand(ids))).dataSourceSummaries).toMatchObject([
    { name: 'all' },
  ]);
  await control.send(new DeleteDataSourceCommand(ids));
  expect(await find(cloud, ids.knowledgeBaseId, 'roaming')).toEqual([]);
  await control.send(new DeleteKnowledgeBaseCommand(ids));
  await expect(find(cloud, ids.knowledgeBaseId, 'roaming')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('an agent searches its knowledge base and its answer carries the citation', async () => {
  const model = scriptedModel('m', (request, index) =>
    index === 0
      ? {
          kind: 'tools',
          calls: [{ tool: request.tools[0]?.name ?? '', input: { searchQuery: 'late payment' } }],
        }
      : { kind: 'text', text: 'Interest is due.%[1]%' },
  );
  await using cloud = await start({ models: { [MODEL]: model } });
  const ids = await makeBase(cloud);
  await ingest(cloud, ids);
  const agentId = await makeAgent(cloud);
  const ref = { agentId, agentVersion: 'DRAFT', knowledgeBaseId: ids.knowledgeBaseId };
  await cloud.control.send(
    new AssociateAgentKnowledgeBaseCommand({ ...ref, description: 'Contracts with partners' }),
  );
  await cloud.control.send(new PrepareAgentCommand({ agentId }));
  const answer = await invoke(cloud, agentId, { inputText: 'What if we pay late?' });
  expect(answer.text).toBe('Interest is due.');
  const citations = answer.events.flatMap((event) => event.chunk?.attribution?.citations ?? []);
  expect(citations).toHaveLength(1);
  expect(citations[0]?.generatedResponsePart?.textResponsePart).toEqual({
    text: 'Interest is due.',
    span: { start: 0, end: 15 },
  });
  expect(citations[0]?.retrievedReferences?.[0]?.location?.s3Location?.uri).toBe(
    's3://contracts/acme/late-fees.txt',
  );
  expect(answer.steps).toEqual([
    ...['modelInvocationInput', 'modelInvocationOutput', 'invocationInput', 'observation'],
    ...['modelInvocationInput', 'modelInvocationOutput', 'observation'],
  ]);
  await cloud.control.send(new UpdateAgentKnowledgeBaseCommand({ ...ref, knowledgeBaseState: 'DISABLED' }));
  expect(
    (await cloud.control.send(new GetAgentKnowledgeBaseCommand(ref))).agentKnowledgeBase?.knowledgeBaseState,
  ).toBe('DISABLED');
  expect(
    (await cloud.control.send(new ListAgentKnowledgeBasesCommand(ref))).agentKnowledgeBaseSummaries,
  ).toHaveLength(1);
  await cloud.control.send(new DisassociateAgentKnowledgeBaseCommand(ref));
});

test('a filter that comes with a turn holds for the searches of that turn', async () => {
  const model = scriptedModel('m', (request) =>
    request.messages.length % 4 === 1
      ? { kind: 'tools', calls: [{ tool: request.tools[0]?.name ?? '', input: { searchQuery: 'roaming' } }] }
      : { kind: 'text', text: 'ok' },
  );
  await using cloud = await start({ models: { [MODEL]: model } });
  const { knowledgeBaseId, dataSourceId } = await makeBase(cloud);
  await ingest(cloud, { knowledgeBaseId, dataSourceId });
  const agentId = await makeAgent(cloud);
  await cloud.control.send(
    new AssociateAgentKnowledgeBaseCommand({
      agentId,
      agentVersion: 'DRAFT',
      knowledgeBaseId,
      description: 'Contracts',
    }),
  );
  await cloud.control.send(new PrepareAgentCommand({ agentId }));
  const filter = { equals: { key: 'partner', value: 'acme' } };
  const configuration = {
    knowledgeBaseId,
    retrievalConfiguration: { vectorSearchConfiguration: { filter } },
  };
  await invoke(cloud, agentId, {
    inputText: 'a',
    sessionState: { knowledgeBaseConfigurations: [configuration] },
  });
  await invoke(cloud, agentId, { inputText: 'b' });
  const seen = [1, 3].map((index) => JSON.stringify(model.requests[index]?.messages.at(-1)?.content));
  expect(seen.map((text) => text?.includes('beta/roaming.md'))).toEqual([false, true]);
});

test('RetrieveAndGenerate gives the passages to the model and cites them', async () => {
  const model = scriptedModel('m', (request) => ({
    kind: 'text',
    text: `${request.messages.length}: 8 percent. %[1]%`,
  }));
  await using cloud = await start({ models: { [MODEL]: model } });
  const ids = await makeBase(cloud);
  await ingest(cloud, ids);
  const ask = (sessionId?: string) =>
    cloud.runtime.send(
      new RetrieveAndGenerateCommand({
        sessionId,
        input: { text: 'interest of late payment' },
        retrieveAndGenerateConfiguration: {
          type: 'KNOWLEDGE_BASE',
          knowledgeBaseConfiguration: {
            knowledgeBaseId: ids.knowledgeBaseId,
            modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${MODEL}`,
          },
        },
      }),
    );
  const first = await ask();
  expect(first.output?.text).toBe('1: 8 percent.');
  expect(first.citations?.[0]?.retrievedReferences?.[0]?.content?.text).toBe(DOCUMENTS['acme/late-fees.txt']);
  expect(model.requests[0]?.system).toContain('<passage n="1" source="s3://contracts/acme/late-fees.txt">');
  expect((await ask(first.sessionId)).output?.text).toBe('3: 8 percent.');
});

test.each<[string, (cloud: Cloud) => Promise<unknown>, RegExp]>([
  [
    'a graph knowledge base',
    (c) =>
      c.control.send(
        new CreateKnowledgeBaseCommand({ ...BASE, knowledgeBaseConfiguration: { type: 'SQL' } }),
      ),
    /use VECTOR/,
  ],
  [
    'a bucket that is no folder here',
    async (c) =>
      c.control.send(
        new CreateDataSourceCommand({
          knowledgeBaseId: (await makeBase(c)).knowledgeBaseId,
          name: 'x',
          dataSourceConfiguration: { type: 'S3', s3Configuration: { bucketArn: 'arn:aws:s3:::other' } },
        }),
      ),
    /configured: contracts/,
  ],
  [
    'a web crawler',
    async (c) =>
      c.control.send(
        new CreateDataSourceCommand({
          knowledgeBaseId: (await makeBase(c)).knowledgeBaseId,
          name: 'x',
          dataSourceConfiguration: { type: 'WEB' },
        }),
      ),
    /use S3/,
  ],
  [
    'semantic search',
    async (c) => find(c, (await makeBase(c)).knowledgeBaseId, 'x', { overrideSearchType: 'SEMANTIC' }),
    /BM25/,
  ],
  [
    'a filter without value',
    async (c) =>
      find(c, (await makeBase(c)).knowledgeBaseId, 'x', {
        filter: { equals: { key: 'a', value: undefined } },
      }),
    /needs a key and a value/,
  ],
  [
    'reranking',
    async (c) =>
      find(c, (await makeBase(c)).knowledgeBaseId, 'x', {
        rerankingConfiguration: { type: 'BEDROCK_RERANKING_MODEL' },
      }),
    /rerankingConfiguration/,
  ],
  [
    'external sources',
    (c) =>
      c.runtime.send(
        new RetrieveAndGenerateCommand({
          input: { text: 'x' },
          retrieveAndGenerateConfiguration: { type: 'EXTERNAL_SOURCES' },
        }),
      ),
    /use KNOWLEDGE_BASE/,
  ],
  [
    'too many results',
    async (c) => find(c, (await makeBase(c)).knowledgeBaseId, 'x', { numberOfResults: 101 }),
    /between 1 and 100/,
  ],
])('%s is refused', async (_name, send, message) => {
  await using cloud = await start();
  await expect(send(cloud)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringMatching(message),
  });
});
