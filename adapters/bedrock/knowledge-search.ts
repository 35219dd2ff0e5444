import {
  type BedrockAgentRuntimeClient,
  type KnowledgeBaseRetrievalResult,
  RetrieveCommand,
} from '@aws-sdk/client-bedrock-agent-runtime';

/** A passage that was found, with the document in which it stands. */
export interface FoundPassage {
  readonly content: { readonly type: 'TEXT'; readonly text: string };
  readonly location: { readonly type: 'S3'; readonly s3Location: { readonly uri: string } };
  readonly metadata: { readonly [key: string]: string | number | boolean | string[] | null };
}

/** Searches the knowledge base of that name. Throws what the service refuses with. */
export type KnowledgeSearch = (name: string, query: string, signal: AbortSignal) => Promise<FoundPassage[]>;

/** Bedrock's Retrieve over the knowledge bases of these names. Throws an Error for a name that has no id. */
export function knowledgeSearch(
  client: BedrockAgentRuntimeClient,
  idOf: (name: string) => string | undefined,
): KnowledgeSearch {
  return async (name, query, abortSignal) => {
    const knowledgeBaseId = idOf(name);
    if (knowledgeBaseId === undefined) throw new Error(`the knowledge base ${name} is not there`);
    const command = new RetrieveCommand({ knowledgeBaseId, retrievalQuery: { text: query } });
    const reply = await client.send(command, { abortSignal });
    return (reply.retrievalResults ?? []).flatMap((result) => passageOf(result) ?? []);
  };
}

/** Images, rows and audio are left out: agents here read text. */
function passageOf({ content, location, metadata }: KnowledgeBaseRetrievalResult): FoundPassage | undefined {
  const text = content?.text;
  if (text === undefined) return undefined;
  const uri = location?.s3Location?.uri ?? location?.webLocation?.url ?? '';
  return {
    content: { type: 'TEXT', text },
    location: { type: 'S3', s3Location: { uri } },
    metadata: (metadata ?? {}) as FoundPassage['metadata'],
  };
}
