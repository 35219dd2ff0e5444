import { guardrailOf } from '#agents/guardrail.ts';
import { adviceSchema } from '#core/investigation/advice.ts';
import { PROMPTS, readPrompt } from '#prompts/manifest.ts';
import { caseLookup } from '#tools/case-lookup/schema.ts';
import { contractReader } from '#tools/contract-reader/schema.ts';
import { usageQuery } from '#tools/usage-query/schema.ts';

/** Says which remedy fits a case, why, what can go wrong, and which others were weighed; without amounts of its own. */
export const remediationAdvisor = {
  name: 'remediation-advisor',
  description:
    'Recommends a remedy for one case, with reasons, risks and the alternatives that were weighed.',
  instruction: readPrompt('remediation-advisor'),
  prompt: PROMPTS['remediation-advisor'],
  foundationModel: 'playbook/remediation-advisor',
  tools: [caseLookup, usageQuery, contractReader],
  knowledgeBases: [],
  guardrail: guardrailOf('remediation-advisor', 'state-machine'),
  playbook: 'remediation-advisor',
  output: adviceSchema,
  limits: { modelCalls: 10, tokens: 120_000, seconds: 90, toolCalls: 10, costUsd: '0.50' },
  idleSessionSeconds: 600,
} as const;
