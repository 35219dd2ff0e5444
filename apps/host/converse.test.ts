import { BLOCKED_INPUT } from '#agents/guardrail.ts';
import { withEvidenceId } from '#core/agent-tool/evidence.ts';
import { readScope } from '#core/agent-tool/scope.ts';
import { answerSchema, verifyAnswer } from '#core/investigation/answer.ts';
import type { AgentQuestion, AgentRuntime, AgentStreamEvent } from '#core/ports/agent-runtime.ts';
import { ACCESS_NOW, TEST_ACCESS } from '#tests/support/tool-access.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { converse } from './converse.ts';

const HANDLE: AgentHandle = {
  agentId: 'A',
  agentAliasId: 'L',
  definitionHash: 'h',
  prompt: { file: 'assistant.md', version: 1, sha256: 'x' },
  toolVersions: {},
  limits: { modelCalls: 3, tokens: 1_000, seconds: 30, toolCalls: 2 },
};
const REPLY = withEvidenceId({ subject: 'cases', casesInTotal: 3 });
const ANSWER = {
  understood: true,
  claims: [{ text: 'There are 3 cases.', evidenceIds: [String(REPLY.evidenceId)] }],
  next: null,
  answeredBy: 'm',
};

const step = (orchestrationTrace: object): AgentStreamEvent =>
  ({ kind: 'trace', trace: { trace: { orchestrationTrace } } }) as AgentStreamEvent;
const MODEL_CALL = step({ modelInvocationInput: { foundationModel: 'some-model' } });
const TOOL_CALL = [
  step({
    invocationInput: {
      actionGroupInvocationInput: {
        actionGroupName: 'case-lookup',
        parameters: [{ name: 'subject', value: 'cases' }],
      },
    },
  }),
  step({
    observation: { type: 'ACTION_GROUP', actionGroupInvocationOutput: { text: JSON.stringify(REPLY) } },
  }),
];
const say = (value: unknown): AgentStreamEvent => ({
  kind: 'text',
  text: typeof value === 'string' ? value : JSON.stringify(value),
});

/** A runtime that answers each turn with what it is given, and keeps what it was asked. */
function scripted(...turns: readonly (readonly AgentStreamEvent[])[]) {
  const asked: AgentQuestion[] = [];
  const runtime: AgentRuntime = {
    async *ask(question) {
      asked.push(question);
      yield* turns[Math.min(asked.length, turns.length) - 1] ?? [];
    },
  };
  const talk = () =>
    converse(
      { runtime, agents: new Map([['assistant', HANDLE]]), access: TEST_ACCESS },
      {
        agentName: 'assistant',
        subject: { kind: 'workspace' },
        actor: 'anna',
        inputText: 'How many cases?',
        form: answerSchema,
      },
    );
  return { talk, asked };
}

test('an answer comes with the evidence it cites and who gave it', async () => {
  const { talk, asked } = scripted([MODEL_CALL, ...TOOL_CALL, MODEL_CALL, say(ANSWER)]);
  const conversed = await talk();
  expect(conversed).toMatchObject({
    answer: ANSWER,
    turns: 1,
    answeredBy: 'some-model',
    blocked: undefined,
    usage: { modelCalls: 2, toolCalls: 1 },
  });
  expect(verifyAnswer(ANSWER, conversed.evidence)).toMatchObject({ claims: ANSWER.claims, removed: [] });
  const scope = readScope(asked[0]?.sessionAttributes ?? {}, { ...TEST_ACCESS, now: ACCESS_NOW });
  expect(scope).toMatchObject({
    actor: 'anna',
    subject: { kind: 'workspace' },
    expiresAt: '2026-11-24T08:00:30.000Z',
  });
});

test('an answer of another form is asked for again, once', async () => {
  const { talk, asked } = scripted([say('There are 3 cases.')], [say(ANSWER)]);
  expect(await talk()).toMatchObject({ answer: ANSWER, turns: 2 });
  expect(asked[1]?.inputText).toMatch(/not one JSON object/);
  expect(asked[1]?.sessionId).toBe(asked[0]?.sessionId);
});

test.each<[string, readonly (readonly AgentStreamEvent[])[], RegExp]>([
  ['malformed twice', [[say('no')], [say('{}')]], /required form/],
  ['silent', [[]], /not one JSON object/],
  ['a loop of model calls', [Array.from({ length: 5 }, () => MODEL_CALL)], /more than 3 model calls/],
  ['a loop of tool calls', [[...TOOL_CALL, ...TOOL_CALL, ...TOOL_CALL]], /more than 2 tool calls/],
  [
    'many tokens',
    [[step({ modelInvocationOutput: { metadata: { usage: { inputTokens: 2_000 } } } })]],
    /more than 1000 tokens/,
  ],
  [
    'control handed back',
    [[{ kind: 'return-control', invocationId: 'i', invocationInputs: [] }]],
    /handed control back/,
  ],
])('an agent that is %s fails', async (_name, turns, why) => {
  await expect(scripted(...turns).talk()).rejects.toMatchObject({
    name: 'AgentFailed',
    message: expect.stringMatching(why),
  });
});

test('a lying answer keeps nothing of its lies', async () => {
  const lies = ['There are 400 cases.', 'Case C-00000000 holds EUR 5.00.', 'Everything is fine.'];
  const lying = {
    ...ANSWER,
    claims: lies.map((text) => ({ text, evidenceIds: [String(REPLY.evidenceId)] })),
    next: 'plumbline cases approve C-1 --reason x; rm -rf /',
  };
  const { answer, evidence } = await scripted([...TOOL_CALL, say(lying)]).talk();
  expect(answer && verifyAnswer(answer, evidence)).toMatchObject({
    claims: [],
    next: null,
    removed: lies.map((text) => ({ text })),
  });
});

test('what a guardrail stopped is told as that, and not asked again', async () => {
  const { talk, asked } = scripted([say(BLOCKED_INPUT)]);
  expect(await talk()).toMatchObject({ answer: undefined, blocked: 'question', answeredBy: 'guardrail' });
  expect(asked).toHaveLength(1);
});

test('an unknown agent is said to be', async () => {
  const talk = converse(
    {
      runtime: {
        ask: () => {
          throw new Error('never asked');
        },
      },
      agents: new Map(),
      access: TEST_ACCESS,
    },
    { agentName: 'nobody', subject: { kind: 'workspace' }, actor: 'anna', inputText: '', form: answerSchema },
  );
  await expect(talk).rejects.toMatchObject({ name: 'UnknownName' });
});
