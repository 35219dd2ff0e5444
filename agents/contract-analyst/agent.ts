import { guardrailOf } from '#agents/guardrail.ts';
import { contractTermsSchema } from '#core/investigation/terms.ts';
import { PROMPTS, readPrompt } from '#prompts/manifest.ts';
import { CLAUSE_TYPES, contractReader } from '#tools/contract-reader/schema.ts';

/** Takes terms out of contracts: typed values with their quotes, what is redacted and what was not found. */
export const contractAnalyst = {
  name: 'contract-analyst',
  description: 'Takes terms out of contracts as typed values, each with the quote that bears it out.',
  instruction: readPrompt('contract-analyst'),
  prompt: PROMPTS['contract-analyst'],
  foundationModel: 'playbook/contract-analyst',
  tools: [contractReader],
  knowledgeBases: [],
  guardrail: guardrailOf('contract-analyst', 'people'),
  playbook: 'contract-analyst',
  output: contractTermsSchema(CLAUSE_TYPES),
  limits: { modelCalls: 12, tokens: 300_000, seconds: 180, toolCalls: 30, costUsd: '1.00' },
  idleSessionSeconds: 600,
} as const;
