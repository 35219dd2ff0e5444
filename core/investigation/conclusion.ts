import { z } from 'zod';
import { type AgentConclusion, REMEDIES } from '#core/domain/case.ts';

const evidenceIds = z.array(z.string().max(40)).max(20);

const hypothesisQuery = z.strictObject({
  tool: z.string().min(1).max(100),
  question: z.string().min(1).max(1_000),
  within: z.string().max(300).optional(),
});

/** The form of an agent's answer. Anything else is not an answer. */
export const agentConclusionSchema: z.ZodType<AgentConclusion> = z.strictObject({
  causeFound: z.boolean(),
  cause: z.string().min(1).max(1_000),
  hypotheses: z
    .array(
      z.strictObject({
        cause: z.string().min(1).max(1_000),
        verdict: z.enum(['supported', 'rejected', 'undecided']),
        test: z.string().min(1).max(2_000),
        refutedBy: hypothesisQuery.optional(),
        evidenceIds,
      }),
    )
    .max(20),
  claims: z.array(z.strictObject({ text: z.string().min(1).max(2_000), evidenceIds })).max(40),
  remedy: z.enum(REMEDIES),
  ticket: z.strictObject({ name: z.string().min(1).max(300), description: z.string().min(1).max(6_000) }),
  changeId: z.string().max(100).nullable(),
  answeredBy: z.string().min(1).max(200),
});

/** A conclusion, or what is wrong with the text, in words that can be sent back to the agent. */
export type ConclusionReading =
  | { readonly ok: true; readonly conclusion: AgentConclusion }
  | { readonly ok: false; readonly problem: string };

/** Reads an agent's final text: one JSON object, with or without a Markdown fence around it. */
export function readConclusion(text: string): ConclusionReading {
  const json = parse(text.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, '$1'));
  if (json === undefined) return { ok: false, problem: 'The answer is not one JSON object.' };
  return checkConclusion(json);
}

/** Checks a value that should be a conclusion. */
export function checkConclusion(value: unknown): ConclusionReading {
  const parsed = agentConclusionSchema.safeParse(value);
  if (parsed.success) return { ok: true, conclusion: parsed.data };
  const issues = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  return { ok: false, problem: `The answer does not have the required form. ${issues.join('; ')}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
