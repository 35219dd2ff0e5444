import type { Evidence } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import { bearsOut, plain, sameValue } from './term-values.ts';
import type { ContractTerm, ContractTerms, RedactedTerm } from './terms.ts';

/** Two terms of one kind that say different things, by their place in the list of terms. */
export interface Deviation {
  readonly type: string;
  readonly where: 'within-contract' | 'between-contracts';
  readonly terms: readonly [number, number];
}

/** A term that its quote, or the document, does not bear out. */
export interface RefusedTerm {
  readonly type: string;
  readonly quote: string;
  readonly reason: string;
}

/** Terms that stand in the documents as they are said to, with what was refused and what deviates. */
export interface VerifiedTerms extends ContractTerms {
  readonly refused: readonly RefusedTerm[];
  readonly deviations: readonly Deviation[];
}

/** How a contract says that something was left out of it. */
export const REDACTION =
  /\[\s*\*+\s*\]|\*{3,}|\[\s*(?:redacted|omitted|confidential|\.{2,}|…|•)\s*\]|█+|_{5,}|<\s*(?:redacted|omitted)\s*>/i;

/**
 * Refuses each term whose quote does not stand word for word in the passage that it names, or whose value does not stand
 * in its quote; and each redaction whose quote shows none. What deviates is computed from the terms that remain.
 */
export function verifyTerms(answer: ContractTerms, evidence: readonly Evidence[]): VerifiedTerms {
  const passages = passagesOf(evidence);
  const refused: RefusedTerm[] = [];
  const check = (term: RedactedTerm, why: string | undefined): boolean => {
    const reason = whyNotQuoted(term, passages) ?? why;
    if (reason !== undefined) refused.push({ type: term.type, quote: term.quote, reason });
    return reason === undefined;
  };
  const terms = answer.terms.filter((term) =>
    check(term, bearsOut(term.quote, term.value) ? undefined : 'its value does not stand in the quote'),
  );
  const redacted = answer.redacted.filter((term) =>
    check(term, REDACTION.test(term.quote) ? undefined : 'the quote shows nothing that was left out'),
  );
  const known = new Set([...terms, ...redacted].map(({ type }) => type));
  const missing = [...new Set(answer.missing)].filter((type) => !known.has(type));
  return { ...answer, terms, redacted, missing, refused, deviations: deviationsOf(terms) };
}

/** Pairs of terms of one kind and one form that say different things, each term with the first that differs. */
export function deviationsOf(terms: readonly ContractTerm[]): Deviation[] {
  return terms.flatMap((term, index) => {
    const other = terms.findIndex(
      (earlier, at) =>
        at < index &&
        earlier.type === term.type &&
        earlier.value.kind === term.value.kind &&
        !sameValue(earlier.value, term.value),
    );
    if (other < 0) return [];
    const same = terms[other]?.contractId === term.contractId;
    return [
      {
        type: term.type,
        where: same ? 'within-contract' : 'between-contracts',
        terms: [other, index],
      } as const,
    ];
  });
}

interface ShownPassage {
  readonly contractId: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function whyNotQuoted(term: RedactedTerm, passages: readonly ShownPassage[]): string | undefined {
  const shown = passages.find(
    ({ contractId, start, end }) =>
      contractId === term.contractId && start === term.start && end === term.end,
  );
  if (shown === undefined) return 'no reply shows such a passage of this contract';
  return plain(shown.text).includes(plain(term.quote))
    ? undefined
    : 'its quote does not stand in the passage';
}

/** The passages that contract-reader showed. */
function passagesOf(evidence: readonly Evidence[]): ShownPassage[] {
  return evidence
    .filter(({ tool }) => tool === 'contract-reader')
    .flatMap(({ content }) => (isObject(content) && Array.isArray(content.passages) ? content.passages : []))
    .flatMap((passage: Json) => {
      if (!isObject(passage)) return [];
      const { contractId, start, end, text } = passage;
      return typeof contractId === 'string' &&
        typeof start === 'number' &&
        typeof end === 'number' &&
        typeof text === 'string'
        ? [{ contractId, start, end, text }]
        : [];
    });
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
