import { z } from 'zod';

/** What the state machine asks for: one model, on the cases that were held back. */
export const evaluateModelInput = z.strictObject({
  modelId: z.string().min(1).max(2_048),
  heldBackKey: z.string().regex(/^learning\/[0-9a-f]{12}\/held-back\.jsonl$/),
});
export type EvaluateModelInput = z.infer<typeof evaluateModelInput>;

const count = z.int().nonnegative();

/** Counts over the held-back cases, and where the answers are. */
export const evaluateModelOutput = z.strictObject({
  modelId: z.string(),
  report: z.strictObject({
    cases: count,
    formed: count,
    causeRight: count,
    remedyRight: count,
    supported: count,
  }),
  /** Cases in which the model failed or did not answer in time: they count as wrong. */
  failed: count,
  answersKey: z.string(),
});
export type EvaluateModelOutput = z.infer<typeof evaluateModelOutput>;
