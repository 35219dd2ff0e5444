import type { Remedy } from '#core/domain/case.ts';

/** The tests that a plausible cause can be put to. Each is one query, and a reading of its reply (`hypotheses.ts`). */
export const CAUSE_TESTS = [
  'changes',
  'other-reading',
  'one-factor',
  'quantity',
  'side-by-side',
  'one-place',
  'bursts',
  'free-line',
] as const;
export type CauseTest = (typeof CAUSE_TESTS)[number];

/** A cause that is worth testing, and the test that would refute it. */
export interface PlausibleCause {
  /** In words, without figures and names: the test brings those. */
  readonly cause: string;
  readonly refutedBy: CauseTest;
}

/** What is known of a symptom before looking: what it means, what can cause it, what repairs it. */
export interface SymptomKnowledge {
  /** The mechanism in words, without figures and names. */
  readonly mechanism: string;
  /** Words of the trade in the kind or target of a change that can cause it. */
  readonly causedBy: RegExp;
  /** Systems in which the cause lies; engines of rating are named by their own names. */
  readonly systems: RegExp;
  /** Hours after which the first record may come: as long as it takes until somebody uses what is broken. */
  readonly patienceHours: number;
  /**
   * False where records are dated to the beginning of a month or to an invoice, whenever the fault began: then closeness
   * to the first record says nothing, and a change is named only where it is the only one that can cause the symptom.
   */
  readonly dated: boolean;
  readonly remedy: { readonly under: Remedy; readonly over: Remedy };
  /** What the records carry, and with it which tools say something. */
  readonly evidence: 'price' | 'flow' | 'hop' | 'fee' | 'check' | 'terms';
  readonly severity: 'Critical' | 'Major' | 'Minor';
  /** What is asked of whoever gets the ticket. */
  readonly ask: string;
  /** Causes of this very symptom, beside a change of the log and the innocent ones that every finding is tested for. */
  readonly plausible: readonly PlausibleCause[];
}

/** What a symptom's entry says of itself; the rest is the same for many. */
export type SymptomEntry = Pick<SymptomKnowledge, 'mechanism' | 'causedBy' | 'systems' | 'evidence' | 'ask'> &
  Partial<SymptomKnowledge>;

const BILL = { under: 'rebill-adjustment', over: 'credit-note' } as const;

/** An entry with what it leaves out: two days of patience, dated records, an adjustment as remedy. */
export function symptom(entry: SymptomEntry): SymptomKnowledge {
  return { patienceHours: 48, dated: true, remedy: BILL, severity: 'Major', plausible: [], ...entry };
}

/** Remedies that are the same in both directions. */
export const only = (remedy: Remedy): SymptomKnowledge['remedy'] => ({ under: remedy, over: remedy });
