import { z } from 'zod';
import { REMEDIES } from '#core/domain/case.ts';

const claim = z.strictObject({ text: z.string().min(1), evidenceIds: z.array(z.string()).readonly() });

/**
 * An agent's conclusion after its claims were checked: `claims` hold what survived, `removed` what did not, and why.
 * Strict on purpose: an amount that an agent adds is refused, not ignored.
 */
export const verifiedConclusion = z.strictObject({
  causeFound: z.boolean(),
  cause: z.string(),
  hypotheses: z
    .array(
      z.strictObject({
        cause: z.string().min(1),
        verdict: z.enum(['supported', 'rejected', 'undecided']),
        test: z.string(),
        refutedBy: z
          .strictObject({ tool: z.string(), question: z.string(), within: z.string().optional() })
          .optional(),
        evidenceIds: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  claims: z.array(claim).readonly(),
  removed: z
    .array(claim.extend({ reason: z.string().min(1) }))
    .readonly()
    .default([]),
  remedy: z.enum(REMEDIES),
  ticket: z.strictObject({ name: z.string().min(1), description: z.string().min(1) }),
  changeId: z.string().nullable(),
  answeredBy: z.string().min(1),
});
export type VerifiedConclusion = z.infer<typeof verifiedConclusion>;

export const makeProposalInput = z.strictObject({
  caseId: z.string().min(1),
  runId: z.string().min(1),
  conclusion: verifiedConclusion,
  /** Day from which the back-bill limit counts, `YYYY-MM-DD`; today where it is left out. */
  asOf: z.iso.date().optional(),
});
export type MakeProposalInput = z.infer<typeof makeProposalInput>;

const money = z.strictObject({ minor: z.string(), asset: z.string() });

export const makeProposalOutput = z.strictObject({
  caseId: z.string(),
  caseVersion: z.int().positive(),
  proposalId: z.string(),
  proposalHash: z.string(),
  remedy: z.enum(REMEDIES),
  adjustments: z.strictObject({ count: z.int(), total: money, file: z.string(), sha256: z.string() }),
});
export type MakeProposalOutput = z.infer<typeof makeProposalOutput>;
