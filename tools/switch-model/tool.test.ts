import type { AgentModels } from '#core/ports/agent-models.ts';
import { switchModel } from './tool.ts';

const REPORT = { cases: 20, formed: 20, causeRight: 15, remedyRight: 16, supported: 20 };

/** A deployed agent, and how often its model was changed. */
function deployed(modelId: string): AgentModels & { readonly changes: string[] } {
  const changes: string[] = [];
  return {
    changes,
    current: async () => changes.at(-1) ?? modelId,
    use: async (_agentName, next) => {
      changes.push(next);
    },
  };
}

test.each<[string, string, Partial<typeof REPORT>, boolean, string, number]>([
  ['a candidate as good', 'old', {}, true, 'worse in nothing: 15 of 20 causes right, before 15', 1],
  ['one cause less', 'old', { causeRight: 14 }, false, '14 causes right, before 15', 0],
  ['other cases', 'old', { cases: 21 }, false, 'the two were not asked the same cases', 0],
  ['a repeated call', 'new', {}, true, 'the candidate answers already', 0],
  ['somebody else was quicker', 'other', {}, false, 'another model was put in place meanwhile', 0],
])('%s', async (_name, answering, changes, switched, why, calls) => {
  const models = deployed(answering);
  const input = {
    agentName: 'investigator',
    current: { modelId: 'old', report: REPORT },
    candidate: { modelId: 'new', report: { ...REPORT, ...changes } },
  };
  expect(await switchModel(input, { models })).toMatchObject({ switched, why });
  expect(models.changes).toHaveLength(calls);
});
