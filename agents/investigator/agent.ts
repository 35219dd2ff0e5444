import { guardrailOf } from '#agents/guardrail.ts';
import { agentConclusionSchema } from '#core/investigation/conclusion.ts';
import { PROMPTS, readPrompt } from '#prompts/manifest.ts';
import { billingLookup } from '#tools/billing-lookup/schema.ts';
import { contractReader } from '#tools/contract-reader/schema.ts';
import { ticketCreation } from '#tools/ticket-creation/schema.ts';
import { usageQuery } from '#tools/usage-query/schema.ts';

/** Finds the cause of one finding and proposes a remedy, as a typed conclusion without amounts. */
export const investigator = {
  name: 'investigator',
  description: 'Finds the root cause of a revenue assurance finding and proposes which remedy fits.',
  instruction: readPrompt('investigator'),
  prompt: PROMPTS.investigator,
  foundationModel: 'playbook/investigator',
  tools: [usageQuery, billingLookup, contractReader, ticketCreation],
  knowledgeBases: [],
  guardrail: guardrailOf('investigator', 'state-machine'),
  playbook: 'investigator',
  output: agentConclusionSchema,
  limits: { modelCalls: 16, tokens: 200_000, seconds: 120, toolCalls: 14 },
  idleSessionSeconds: 600,
} as const;
