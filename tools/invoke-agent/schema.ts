import { z } from 'zod';

/** What the state machine asks for: one agent, one case. */
export const invokeAgentInput = z.strictObject({
  agentName: z.string().min(1).max(100),
  caseId: z.string().min(1).max(60),
  findingId: z.string().min(1).max(60),
  runId: z.string().min(1).max(120),
  /** Who asks: a person's name, or `system` where a state machine does by itself. Default: system. */
  actor: z.string().min(1).max(120).optional(),
});
export type InvokeAgentInput = z.infer<typeof invokeAgentInput>;

/** What one conversation used up. */
export const agentUsage = z.strictObject({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  modelCalls: z.int().nonnegative(),
  toolCalls: z.int().nonnegative(),
});
export type AgentUsage = z.infer<typeof agentUsage>;

/** What the state machine gets back. `conclusion` is an AgentConclusion; its claims are not checked yet. */
export const invokeAgentOutput = z.strictObject({
  conclusion: z.record(z.string(), z.unknown()),
  evidence: z.int().nonnegative(),
  usage: agentUsage,
  /** Questions put to the agent: 1, or 2 where it was asked to repair its answer. */
  turns: z.int().positive(),
  /** The model as the trace names it. */
  answeredBy: z.string(),
  tracePointer: z.string(),
});
export type InvokeAgentOutput = z.infer<typeof invokeAgentOutput>;
