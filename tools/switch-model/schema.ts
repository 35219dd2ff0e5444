import { z } from 'zod';

const count = z.int().nonnegative();

/** How a model did on the held-back cases, as `evaluate-model` says it. */
const evaluation = z.object({
  modelId: z.string().min(1).max(2_048),
  report: z.strictObject({
    cases: count,
    formed: count,
    causeRight: count,
    remedyRight: count,
    supported: count,
  }),
});

/** What the state machine hands over: the agent, and how both models did on the same cases. */
export const switchModelInput = z.strictObject({
  agentName: z.string().min(1).max(100),
  current: evaluation,
  candidate: evaluation,
});
export type SwitchModelInput = z.infer<typeof switchModelInput>;

/** What became of it: the model that answers from now on, and why. */
export const switchModelOutput = z.strictObject({
  switched: z.boolean(),
  modelId: z.string(),
  why: z.string(),
});
export type SwitchModelOutput = z.infer<typeof switchModelOutput>;
