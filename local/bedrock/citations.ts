/** Knowledge-base passages given to a model, and the markers by which it cites them: `%[n]%`. */
import type { JsonValue } from './model.ts';

export interface RetrievedReference {
  readonly content: { readonly type: 'TEXT'; readonly text: string };
  readonly location: { readonly type: 'S3'; readonly s3Location: { readonly uri: string } };
  readonly metadata: { readonly [key: string]: JsonValue };
}

export interface Citation {
  readonly generatedResponsePart: {
    readonly textResponsePart: {
      readonly text: string;
      readonly span: { readonly start: number; readonly end: number };
    };
  };
  readonly retrievedReferences: readonly RetrievedReference[];
}

export const CITATION_INSTRUCTION =
  'When you use a passage found by a knowledge base search, put the marker %[n]% after the statement it ' +
  'supports, where n is the number of the passage. Use no number that was not given.';

/** The passages as a tool result for the model; numbers go on from those already given in this turn. */
export function numberPassages(references: readonly RetrievedReference[], offset: number): string {
  if (references.length === 0) return 'No passage was found.';
  return references
    .map((reference, index) => {
      const where = JSON.stringify(reference.location.s3Location.uri);
      return `<passage n="${offset + index + 1}" source=${where}>\n${reference.content.text}\n</passage>`;
    })
    .join('\n');
}

/**
 * Takes the markers out of a text and says which part rests on which passages. A part is the text since the
 * last marker. Markers with a number that was never given are dropped. The end of a span is inclusive.
 */
export function resolveCitations(
  marked: string,
  references: readonly RetrievedReference[],
): { readonly text: string; readonly citations: readonly Citation[] } {
  let text = '';
  let partStart = 0;
  let last = 0;
  const citations: Citation[] = [];
  for (const match of marked.matchAll(/\s?((?:%\[\d+\]%)+)/g)) {
    text += marked.slice(last, match.index);
    last = match.index + match[0].length;
    const cited = [...(match[1] ?? '').matchAll(/\d+/g)].flatMap(([n]) => references[Number(n) - 1] ?? []);
    if (cited.length === 0) continue;
    const part = text.slice(partStart);
    const start = partStart + (part.length - part.trimStart().length);
    citations.push({
      generatedResponsePart: {
        textResponsePart: { text: text.slice(start), span: { start, end: Math.max(start, text.length - 1) } },
      },
      retrievedReferences: cited,
    });
    partStart = text.length;
  }
  return { text: text + marked.slice(last), citations };
}
