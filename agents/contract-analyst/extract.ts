import { valuesIn } from '#core/investigation/term-values.ts';
import type { ContractTerm, RedactedTerm, TermValue } from '#core/investigation/terms.ts';
import { REDACTION } from '#core/investigation/verify-terms.ts';

/** A passage as contract-reader shows it. */
export interface Passage {
  readonly contractId: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How a kind of clause is recognised in a sentence, and which form its value has. */
interface TermPattern {
  readonly cue: RegExp;
  /** Forms of value in the order of preference; `text` takes the sentence part that the second pattern finds. */
  readonly forms: readonly TermValue['kind'][];
  readonly text?: RegExp;
  /** What is asked of contract-reader. */
  readonly question: string;
}

/** One line per kind of clause that has a value. Kinds without a line are quoted and have no value. */
export const TERM_PATTERNS: Readonly<Record<string, TermPattern>> = {
  'revenue-share': {
    cue: /revenue|profit|proceeds|royalt|share/i,
    forms: ['percent'],
    question: 'share of revenue that is paid to the other party',
  },
  'minimum-commitment': {
    cue: /minimum|at least|not less than|commit/i,
    forms: ['amount', 'percent'],
    text: /\b(?:at least|not less than|a minimum of) [\w ,.]{3,80}/i,
    question: 'minimum amount or volume that a party must buy, pay or send',
  },
  'price-restriction': {
    cue: /price|rate|charge|fee|increase/i,
    forms: ['percent', 'amount', 'period'],
    question: 'how far and how often prices may be raised or lowered',
  },
  'most-favoured-nation': {
    cue: /most[- ]favou?red|no less favou?rable|lower (?:price|rate)|better terms/i,
    forms: ['text'],
    text: /(?:most[- ]favou?red|no less favou?rable)[^.;]{0,120}/i,
    question: 'better terms given to others must be given to this party',
  },
  'volume-restriction': {
    cue: /exceed|maximum|limit|up to|more than/i,
    forms: ['percent', 'amount', 'text'],
    text: /\b(?:exceed|maximum of|up to|more than) [\w ,.]{3,80}/i,
    question: 'use above a volume needs consent or costs more',
  },
  'liability-cap': {
    cue: /liabilit|liable|damages/i,
    forms: ['amount', 'percent', 'text'],
    text: /(?:shall not exceed|limited to|in excess of|exceed) [^.;]{3,160}/i,
    question: 'cap on liability, largest amount of damages',
  },
  'audit-right': {
    cue: /audit|inspect|books and records|examine/i,
    forms: ['period', 'text'],
    text: /(?:audit|inspect|examine)[^.;]{3,120}/i,
    question: 'right to audit books and records',
  },
  'termination-for-convenience': {
    cue: /terminat|cancel/i,
    forms: ['period', 'text'],
    text: /terminat[^.;]{3,120}/i,
    question: 'termination without cause and its period of notice',
  },
  expiration: {
    cue: /expir|term|until|continue|end/i,
    forms: ['date', 'period'],
    question: 'when the agreement ends, initial term',
  },
  'governing-law': {
    cue: /govern|law|jurisdiction/i,
    forms: ['text'],
    text: /laws? of (?:the )?[A-Z][\w ]{2,60}/,
    question: 'which law governs the agreement',
  },
  'payment-terms': {
    cue: /pay|invoice|due/i,
    forms: ['period'],
    question: 'within how many days invoices are paid',
  },
  'rate-deck': { cue: /rate|price|charge|minute/i, forms: ['amount'], question: 'rates by destination' },
  'dispute-window': {
    cue: /disput|object|claim|query/i,
    forms: ['period'],
    question: 'within how many days an invoice can be disputed',
  },
  'late-interest': {
    cue: /interest|late|overdue|default/i,
    forms: ['percent'],
    question: 'interest on late payments',
  },
  'withholding-tax': {
    cue: /tax|withh/i,
    forms: ['percent', 'text'],
    text: /withh[^.;]{3,120}/i,
    question: 'withholding tax',
  },
  currency: {
    cue: /currency|EUR|USD|euro|dollar/i,
    forms: ['text'],
    text: /\b(?:EUR|USD|GBP|CHF|SDR|euros?|US dollars?|special drawing rights)\b/i,
    question: 'currency of invoices and payments',
  },
  territory: {
    cue: /territor|countr|region/i,
    forms: ['text'],
    text: /territory[^.;]{3,120}/i,
    question: 'territory of the agreement',
  },
  price: { cue: /price|charge|rate|EUR|per /i, forms: ['amount'], question: 'price per unit' },
  rounding: {
    cue: /round/i,
    forms: ['text'],
    text: /round[^.;|]{3,120}/i,
    question: 'how charges are rounded',
  },
  'time-band': {
    cue: /peak|hours|holiday|weekend/i,
    forms: ['text'],
    text: /(?:peak|off-peak)[^.;|]{3,120}/i,
    question: 'peak and off-peak hours',
  },
  roaming: { cue: /roam|abroad|zone/i, forms: ['amount', 'percent'], question: 'price of roaming' },
  validity: {
    cue: /force|valid|version|from|until/i,
    forms: ['date'],
    question: 'from when the version is in force',
  },
  'recurring-fee': { cue: /month|recurring|fee/i, forms: ['amount'], question: 'monthly recurring fee' },
  'free-usage': {
    cue: /free|includ|allowance/i,
    forms: ['text'],
    text: /(?:free|includ)[^.;|]{3,120}/i,
    question: 'what is free or included',
  },
};

/** What one passage holds of one kind of clause: a term, or that it was left out, or nothing. */
export function extract(
  type: string,
  passage: Passage,
): { readonly term?: ContractTerm; readonly redacted?: RedactedTerm } {
  const pattern = TERM_PATTERNS[type];
  if (pattern === undefined) return {};
  const { contractId, start, end } = passage;
  for (const quote of sentencesOf(passage.text)) {
    if (!pattern.cue.test(quote)) continue;
    const value = valueIn(pattern, quote);
    if (value !== undefined) return { term: { type, value, quote, contractId, start, end } };
    if (REDACTION.test(quote)) return { redacted: { type, quote, contractId, start, end } };
  }
  return {};
}

function valueIn(pattern: TermPattern, quote: string): TermValue | undefined {
  const values = valuesIn(quote);
  for (const form of pattern.forms) {
    if (form === 'text') {
      const text = pattern.text?.exec(quote)?.[0].trim().slice(0, 500);
      if (text !== undefined && !REDACTION.test(text)) return { kind: 'text', text };
    } else {
      const found = values.find(({ kind }) => kind === form);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Sentences and lines of a passage, each a verbatim piece of it. Points within figures and abbreviations end none. */
function sentencesOf(text: string): string[] {
  return text
    .split(/\n{2,}|(?<=[.;])\s+(?=[A-Z("“])|(?<=\|)\n/)
    .map((part) => part.trim())
    .filter((part) => part.length > 0)
    .map((part) => part.slice(0, 2_000));
}
