import { z } from 'zod';
import type { Playbook, ToolCall, ToolReply } from '#core/investigation/playbook.ts';
import type { ContractTerm, ContractTerms, RedactedTerm } from '#core/investigation/terms.ts';
import { CLAUSE_TYPES } from '#tools/contract-reader/schema.ts';
import { extract, TERM_PATTERNS } from './extract.ts';

const ANSWERED_BY = 'playbook/contract-analyst';
const PASSAGES = '5';
/** Terms of one kind that are listed: enough for two documents that differ. */
const TERMS_PER_TYPE = 4;

const reply = z.object({
  evidenceId: z.string(),
  passages: z.array(
    z.object({ contractId: z.string(), start: z.number(), end: z.number(), text: z.string() }),
  ),
});

/**
 * Goes through the kinds of clauses that the input names, or all, asks contract-reader for each and takes values out by
 * patterns of its own. The same replies give the same terms; what no pattern finds is listed as missing.
 */
export const analyse: Playbook = function* ({ inputText }) {
  const types = typesAsked(inputText);
  const calls = types.map((type): ToolCall => {
    const question = TERM_PATTERNS[type]?.question ?? type.replaceAll('-', ' ');
    return {
      tool: 'contract-reader',
      input: { question, clauseType: type, limit: PASSAGES },
      why: `what the documents say about ${type}`,
    };
  });
  const given = yield calls;
  const replies: readonly ToolReply[] = Array.isArray(given) ? given : [given as ToolReply];
  const terms: ContractTerm[] = [];
  const redacted: RedactedTerm[] = [];
  const missing: string[] = [];
  types.forEach((type, index) => {
    const found = termsOf(type, replies[index]);
    terms.push(...found.terms);
    redacted.push(...found.redacted);
    if (found.terms.length + found.redacted.length === 0) missing.push(type);
  });
  return JSON.stringify({ terms, missing, redacted, answeredBy: ANSWERED_BY } satisfies ContractTerms);
};

/** The kinds that the input names as they are spelled, with hyphens or spaces; all where it names none. */
export function typesAsked(inputText: string): string[] {
  const text = ` ${inputText.toLowerCase().replace(/[^a-z]+/g, ' ')} `;
  const named = CLAUSE_TYPES.filter((type) => text.includes(` ${type.replaceAll('-', ' ')} `));
  return [...(named.length > 0 ? named : CLAUSE_TYPES)];
}

/** One term of each document, the best passage first. A redaction counts only where its document has no term. */
function termsOf(
  type: string,
  given: ToolReply | undefined,
): { terms: ContractTerm[]; redacted: RedactedTerm[] } {
  const parsed = reply.safeParse(given?.json);
  const found = parsed.success ? parsed.data.passages.map((passage) => extract(type, passage)) : [];
  const terms: ContractTerm[] = [];
  for (const { term } of found) {
    if (term !== undefined && !terms.some((known) => sameTerm(known, term))) terms.push(term);
  }
  const documents = new Set(terms.map(({ contractId }) => contractId));
  const redacted = found.flatMap(({ redacted: one }) =>
    one === undefined || documents.has(one.contractId) ? [] : [one],
  );
  return { terms: terms.slice(0, TERMS_PER_TYPE), redacted: redacted.slice(0, TERMS_PER_TYPE) };
}

const sameTerm = (a: ContractTerm, b: ContractTerm): boolean =>
  a.contractId === b.contractId && JSON.stringify(a.value) === JSON.stringify(b.value);
