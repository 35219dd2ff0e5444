import { z } from 'zod';
import { type Claim, type Evidence, REMEDIES, type Remedy, type RemovedClaim } from '#core/domain/case.ts';
import { checkClaims, factsById } from './check-claims.ts';

/** What can go wrong with a remedy. */
export const RISKS = [
  'lapse',
  'estimate',
  'missing-data',
  'recurrence',
  'customer-impact',
  'cause-unproved',
] as const;
export type Risk = (typeof RISKS)[number];

/** What the remediation advisor recommends. It holds no amounts: code takes those from the case. */
export interface Advice {
  readonly remedy: Remedy;
  readonly reasons: readonly Claim[];
  readonly risks: readonly (Claim & { readonly kind: Risk })[];
  readonly alternatives: readonly (Claim & { readonly remedy: Remedy })[];
  readonly answeredBy: string;
}

const claim = {
  text: z.string().min(1).max(2_000),
  evidenceIds: z.array(z.string().max(40)).max(20),
};

/** The form of it. */
export const adviceSchema: z.ZodType<Advice> = z.strictObject({
  remedy: z.enum(REMEDIES),
  reasons: z.array(z.strictObject(claim)).max(20),
  risks: z.array(z.strictObject({ kind: z.enum(RISKS), ...claim })).max(20),
  alternatives: z.array(z.strictObject({ remedy: z.enum(REMEDIES), ...claim })).max(20),
  answeredBy: z.string().min(1).max(200),
});

/** Advice in which every sentence is borne out, with what was taken out of it. */
export interface VerifiedAdvice extends Advice {
  readonly removed: readonly RemovedClaim[];
  /** Why the remedy is not the one that was recommended, where it is not. */
  readonly note: string | null;
}

/**
 * Checks what an advisor says: sentences against the evidence that they cite, the remedy against those that the finding
 * admits. `settle` is the rule by which proposals are made; a remedy that lost all its reasons becomes a ticket.
 */
export function verifyAdvice(
  advice: Advice,
  evidence: readonly Evidence[],
  settle: (remedy: Remedy) => { readonly remedy: Remedy; readonly note: string | null },
): VerifiedAdvice {
  const known = factsById(evidence);
  const removed: RemovedClaim[] = [];
  const kept = <T extends Claim>(claims: readonly T[]): T[] =>
    claims.filter((one) => {
      const checked = checkClaims([one], known);
      removed.push(
        ...checked.removed.map(({ text, evidenceIds, reason }) => ({ text, evidenceIds, reason })),
      );
      return checked.kept.length === 1;
    });
  const reasons = kept(advice.reasons);
  const settled =
    reasons.length === 0
      ? {
          remedy: 'ticket-only' as const,
          note: `no reason for ${advice.remedy} was borne out by the evidence`,
        }
      : settle(advice.remedy);
  return {
    ...advice,
    remedy: settled.remedy,
    reasons,
    risks: kept(advice.risks),
    alternatives: kept(advice.alternatives),
    removed,
    note: settled.note,
  };
}
