import { z } from 'zod';
import type { MoneyStates } from '#core/domain/case.ts';
import { CASE_RESOLUTIONS } from '#core/domain/case.ts';

/**
 * Why the case ends: `verified` (a remedy was carried out and measured: the money says how well), `rejected`,
 * `expired` (nobody decided in time), `no-longer-found` (a later run does not find it).
 */
export const CLOSE_OUTCOMES = ['verified', 'rejected', 'expired', 'no-longer-found'] as const;

export const closeCaseInput = z.strictObject({
  caseId: z.string().min(1),
  outcome: z.enum(CLOSE_OUTCOMES),
  /** The proposal that the caller saw through. A case that has a newer one is left as it is. */
  proposalHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type CloseCaseInput = z.infer<typeof closeCaseInput>;

const money = z.strictObject({ minor: z.string(), asset: z.string() });

export const closeCaseOutput = z.strictObject({
  caseId: z.string(),
  caseVersion: z.int().positive(),
  /** `superseded`: the case has moved on to another proposal and was not touched. */
  change: z.enum(['closed', 'already-closed', 'superseded']),
  resolution: z.enum(CASE_RESOLUTIONS).nullable(),
  money: z.strictObject({
    potential: money,
    confirmed: money,
    recovered: money,
    unrecoverable: money,
  } satisfies Record<keyof MoneyStates, typeof money>),
});
export type CloseCaseOutput = z.infer<typeof closeCaseOutput>;
