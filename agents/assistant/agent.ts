import { guardrailOf } from '#agents/guardrail.ts';
import { answerSchema } from '#core/investigation/answer.ts';
import { PROMPTS, readPrompt } from '#prompts/manifest.ts';
import { caseLookup } from '#tools/case-lookup/schema.ts';
import { contractReader } from '#tools/contract-reader/schema.ts';

/** Answers questions in plain language over the workspace, from what its read-only tools show. */
export const assistant = {
  name: 'assistant',
  description: 'Answers questions about cases, controls, runs, feeds, KPIs, changes and contracts.',
  instruction: readPrompt('assistant'),
  prompt: PROMPTS.assistant,
  foundationModel: 'playbook/assistant',
  tools: [caseLookup, contractReader],
  knowledgeBases: [
    {
      name: 'plumbline-handbook',
      description: 'How Plumbline works: its controls, its words, its architecture. Nothing of an operator.',
    },
  ],
  guardrail: guardrailOf('assistant', 'people'),
  playbook: 'assistant',
  output: answerSchema,
  limits: { modelCalls: 10, tokens: 100_000, seconds: 60, toolCalls: 10, costUsd: '0.25' },
  idleSessionSeconds: 900,
} as const;
