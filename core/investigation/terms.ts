import { z } from 'zod';

/** The value of a term in a form that can be computed with. Decimals are strings, as they were written. */
export const termValueSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('percent'), percent: z.string().regex(/^\d{1,4}(\.\d{1,6})?$/) }),
  z.strictObject({
    kind: z.literal('amount'),
    amount: z.string().regex(/^\d{1,15}(\.\d{1,6})?$/),
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
  z.strictObject({
    kind: z.literal('period'),
    count: z.string().regex(/^\d{1,5}$/),
    unit: z.enum(['day', 'week', 'month', 'year']),
  }),
  z.strictObject({ kind: z.literal('date'), date: z.iso.date() }),
  z.strictObject({ kind: z.literal('text'), text: z.string().min(1).max(500) }),
]);
export type TermValue = z.infer<typeof termValueSchema>;

/** Where a quote stands: the passage that the reader showed, by its character offsets in the document. */
const place = {
  quote: z.string().min(1).max(2_000),
  contractId: z.string().min(1).max(200),
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
};

/** The form of a contract analyst's answer, for kinds of clauses from a closed list. */
export function contractTermsSchema<const T extends readonly [string, ...string[]]>(types: T) {
  const type = z.enum(types);
  return z.strictObject({
    terms: z.array(z.strictObject({ type, value: termValueSchema, ...place })).max(100),
    missing: z.array(type).max(100),
    redacted: z.array(z.strictObject({ type, ...place })).max(100),
    answeredBy: z.string().min(1).max(200),
  });
}

/** A term as it is handed on. */
export interface ContractTerm {
  readonly type: string;
  readonly value: TermValue;
  readonly quote: string;
  readonly contractId: string;
  readonly start: number;
  readonly end: number;
}
export type RedactedTerm = Omit<ContractTerm, 'value'>;

/** What a contract analyst answers. */
export interface ContractTerms {
  readonly terms: readonly ContractTerm[];
  /** Kinds for which the search found nothing: not found, which is not the same as absent. */
  readonly missing: readonly string[];
  readonly redacted: readonly RedactedTerm[];
  readonly answeredBy: string;
}
