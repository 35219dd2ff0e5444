import {
  type BedrockAgentClient,
  CreateDataSourceCommand,
  CreateKnowledgeBaseCommand,
  GetIngestionJobCommand,
  GetKnowledgeBaseCommand,
  ListKnowledgeBasesCommand,
  StartIngestionJobCommand,
} from '@aws-sdk/client-bedrock-agent';
import type { AgentDefinition } from './definition.ts';

/** Where the documents of knowledge bases lie, and what reads them. */
export interface KnowledgeOptions {
  readonly roleArn: string;
  /** The bucket of a knowledge base, as an ARN; undefined where there is none, and it is left out. */
  readonly bucketArn: (name: string) => string | undefined;
  readonly embeddingModelArn: string;
  readonly wait: (milliseconds: number) => Promise<void>;
}

const POLLS = 60;
const POLL_MS = 500;

/**
 * Makes each knowledge base that a definition names and that does not exist yet, with one S3 data source, and reads its
 * documents. One that exists is left as it is. Returns its id by name. Throws an Error when the documents are not read.
 */
export async function registerKnowledgeBases(
  client: BedrockAgentClient,
  agents: readonly AgentDefinition[],
  options: KnowledgeOptions,
): Promise<Map<string, string>> {
  const uses = new Map(agents.flatMap(({ knowledgeBases }) => knowledgeBases.map((use) => [use.name, use])));
  const ids = uses.size === 0 ? new Map<string, string>() : await existing(client);
  for (const { name, description } of uses.values()) {
    const bucketArn = options.bucketArn(name);
    if (ids.has(name) || bucketArn === undefined) continue;
    const made = await client.send(
      new CreateKnowledgeBaseCommand({
        name,
        description,
        roleArn: options.roleArn,
        knowledgeBaseConfiguration: {
          type: 'VECTOR',
          vectorKnowledgeBaseConfiguration: { embeddingModelArn: options.embeddingModelArn },
        },
      }),
    );
    const knowledgeBaseId = made.knowledgeBase?.knowledgeBaseId ?? '';
    await readDocuments(client, knowledgeBaseId, { name, bucketArn }, options);
    ids.set(name, knowledgeBaseId);
  }
  return ids;
}

async function existing(client: BedrockAgentClient): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListKnowledgeBasesCommand({ nextToken }));
    for (const { name, knowledgeBaseId } of page.knowledgeBaseSummaries ?? []) {
      if (name !== undefined && knowledgeBaseId !== undefined) ids.set(name, knowledgeBaseId);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return ids;
}

async function readDocuments(
  client: BedrockAgentClient,
  knowledgeBaseId: string,
  source: { readonly name: string; readonly bucketArn: string },
  { wait }: KnowledgeOptions,
): Promise<void> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    const { knowledgeBase } = await client.send(new GetKnowledgeBaseCommand({ knowledgeBaseId }));
    if (knowledgeBase?.status === 'ACTIVE') break;
    await wait(POLL_MS);
  }
  const { dataSource } = await client.send(
    new CreateDataSourceCommand({
      knowledgeBaseId,
      name: source.name,
      dataSourceConfiguration: { type: 'S3', s3Configuration: { bucketArn: source.bucketArn } },
    }),
  );
  const dataSourceId = dataSource?.dataSourceId ?? '';
  const started = await client.send(new StartIngestionJobCommand({ knowledgeBaseId, dataSourceId }));
  const ingestionJobId = started.ingestionJob?.ingestionJobId ?? '';
  for (let poll = 0; poll < POLLS; poll += 1) {
    const { ingestionJob } = await client.send(
      new GetIngestionJobCommand({ knowledgeBaseId, dataSourceId, ingestionJobId }),
    );
    if (ingestionJob?.status === 'COMPLETE') return;
    if (ingestionJob?.status === 'FAILED') {
      throw new Error(
        `Knowledge base ${source.name}: ${ingestionJob.failureReasons?.join('; ') ?? 'its documents were not read'}`,
      );
    }
    await wait(POLL_MS);
  }
  throw new Error(`Knowledge base ${source.name} was not read in ${(POLLS * POLL_MS) / 1_000} s`);
}
