/** Retrieve: passages of a knowledge base for a query, with where they stand. */

import type { RetrievedReference } from '../citations.ts';
import { type KnowledgeBaseDoc, knowledgeBaseOf } from '../control/knowledge-bases.ts';
import type { ControlPlane, Params } from '../control/resources.ts';
import { invalid } from '../errors.ts';
import {
  type Fields,
  isFields,
  optionalChoice,
  optionalFields,
  optionalInteger,
  optionalText,
  refuse,
  text,
} from '../fields.ts';
import { compileFilter } from '../knowledge/filter.ts';
import { type IndexedPassage, openIndex } from '../knowledge/passage-index.ts';

const DEFAULT_RESULTS = 5;
const MAX_RESULTS = 100;
const QUERY = { max: 20_000 } as const;

export interface SearchSettings {
  readonly numberOfResults: number;
  readonly filter: unknown;
}

export const DEFAULT_SEARCH: SearchSettings = { numberOfResults: DEFAULT_RESULTS, filter: undefined };

/** Reads `retrievalConfiguration`. Throws ValidationException for what a search by words cannot do. */
export function readSearch(configuration: Fields | undefined): SearchSettings {
  if (configuration === undefined) return DEFAULT_SEARCH;
  refuse(configuration, 'retrievalConfiguration', {
    managedSearchConfiguration: 'use vectorSearchConfiguration',
  });
  const search = optionalFields(configuration, 'vectorSearchConfiguration');
  if (search === undefined) return DEFAULT_SEARCH;
  refuse(search, 'vectorSearchConfiguration', {
    rerankingConfiguration: 'there is no reranking model',
    implicitFilterConfiguration: 'filters are stated, not inferred',
  });
  if (optionalChoice(search, 'overrideSearchType', ['HYBRID', 'SEMANTIC'] as const) === 'SEMANTIC') {
    throw invalid(
      'overrideSearchType SEMANTIC is not supported by this runtime: it searches by words (BM25)',
    );
  }
  compileFilter(search.filter);
  return {
    numberOfResults: optionalInteger(search, 'numberOfResults', 1, MAX_RESULTS) ?? DEFAULT_RESULTS,
    filter: search.filter,
  };
}

/** All passages that match query and filter, best first. */
export function searchBase(
  plane: ControlPlane,
  knowledgeBaseId: string,
  query: string,
  settings: SearchSettings,
): readonly IndexedPassage[] {
  const base: KnowledgeBaseDoc = knowledgeBaseOf(plane, { knowledgeBaseId });
  const test = compileFilter(settings.filter);
  return openIndex(plane.store.db, base.knowledgeBaseId)
    .search(query)
    .filter((passage) => test({ ...passage.metadata, ...systemMetadata(passage) }));
}

const systemMetadata = (passage: IndexedPassage) => ({
  'x-amz-bedrock-kb-source-uri': passage.uri,
  'x-amz-bedrock-kb-data-source-id': passage.dataSourceId,
  'x-amz-bedrock-kb-chunk-id': String(passage.id),
});

/** A passage as a reference; its offsets in the document stand in the metadata. */
export const toReference = (passage: IndexedPassage): RetrievedReference => ({
  content: { type: 'TEXT', text: passage.text },
  location: { type: 'S3', s3Location: { uri: passage.uri } },
  metadata: {
    ...passage.metadata,
    ...systemMetadata(passage),
    'start-offset': passage.start,
    'end-offset': passage.end,
  },
});

/** BM25 has no upper bound; Bedrock's scores lie between 0 and 1. */
const toScore = (bm25: number): number => bm25 / (1 + bm25);

export function retrieve(plane: ControlPlane, params: Params, body: Fields): unknown {
  refuse(body, 'request', {
    guardrailConfiguration: 'guardrails are applied by agents and ApplyGuardrail',
    userContext: 'documents have no access lists',
  });
  const { knowledgeBaseId } = knowledgeBaseOf(plane, params);
  const query = text(isFields(body.retrievalQuery) ? body.retrievalQuery : {}, 'text', QUERY);
  const settings = readSearch(optionalFields(body, 'retrievalConfiguration'));
  const start = readOffset(optionalText(body, 'nextToken'));
  const found = searchBase(plane, knowledgeBaseId, query, settings);
  const end = start + settings.numberOfResults;
  return {
    retrievalResults: found.slice(start, end).map((passage) => ({
      ...toReference(passage),
      score: toScore(passage.score),
    })),
    ...(end < found.length ? { nextToken: Buffer.from(`from:${end}`).toString('base64url') } : {}),
  };
}

function readOffset(token: string | undefined): number {
  if (token === undefined) return 0;
  const match = /^from:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (match === null) throw invalid('nextToken is not a token of this service');
  return Number(match[1]);
}
