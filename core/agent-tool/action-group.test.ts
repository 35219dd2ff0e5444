import fc from 'fast-check';
import { z } from 'zod';
import type { Json } from '#core/domain/hash.ts';
import { SecretKey } from '#core/domain/secret-key.ts';
import { attributesFor, caseScope, TEST_ACCESS } from '#tests/support/tool-access.ts';
import { type AgentTool, runAgentTool } from './action-group.ts';
import { AgentToolError } from './errors.ts';
import { evidenceFrom, evidenceIdOf } from './evidence.ts';
import { MAX_RESPONSE_BYTES } from './fit-reply.ts';
import { type InvestigationScope, signScope } from './scope.ts';

const SCOPE: InvestigationScope = { runId: 'run-1', caseId: 'C-1', findingId: 'f-1' };

const event = (
  parameters: Record<string, string>,
  sessionAttributes: object = attributesFor(SCOPE),
  promptSessionAttributes: object = { kept: 'yes' },
) => ({
  messageVersion: '1.0',
  agent: { name: 'investigator', id: 'A', alias: 'B', version: '1' },
  inputText: '',
  sessionId: 's-1',
  actionGroup: 'group',
  function: 'function',
  parameters: Object.entries(parameters).map(([name, value]) => ({ name, type: 'string', value })),
  sessionAttributes,
  promptSessionAttributes,
});

const seen: unknown[] = [];
const tool = (
  answer: AgentTool<{ n?: number | undefined }>['answer'],
): AgentTool<{ n?: number | undefined }> => ({
  name: 'tool',
  input: z.strictObject({ n: z.coerce.number().int().optional() }),
  accepts: ['case'],
  access: TEST_ACCESS,
  answer,
  onFailure: (error) => seen.push(error),
});
const bodyOf = (response: Awaited<ReturnType<typeof runAgentTool>>): Record<string, Json> =>
  JSON.parse(response.response.functionResponse.responseBody.TEXT.body);

describe('one call of an agent', () => {
  beforeEach(() => seen.splice(0));

  test('gets scope from the session, input from the parameters, and a reply named by its hash', async () => {
    const response = await runAgentTool(
      tool(async (input, scope) => ({ n: input.n ?? 0, of: scope.findingId })),
      event({ n: '5' }),
    );
    const content = { n: 5, of: 'f-1' };
    expect(bodyOf(response)).toEqual({ evidenceId: evidenceIdOf(content), ...content });
    expect(response.response).toMatchObject({ actionGroup: 'group', function: 'function' });
    expect(response.response.functionResponse.responseState).toBeUndefined();
  });

  test('attributes go back as they came', async () => {
    const response = await runAgentTool(
      tool(async () => ({})),
      event({}),
    );
    expect(response.sessionAttributes).toEqual(attributesFor(SCOPE));
    expect(response.promptSessionAttributes).toEqual({ kept: 'yes' });
  });

  test.each<[string, ReturnType<typeof event>, string, 'REPROMPT' | undefined]>([
    ['a parameter of the wrong type', event({ n: 'many' }), 'INVALID_INPUT', 'REPROMPT'],
    ['a parameter that the tool does not have', event({ caseId: 'C-2' }), 'INVALID_INPUT', 'REPROMPT'],
    [
      'a parameter given twice',
      { ...event({}), parameters: [1, 2].map((n) => ({ name: 'n', type: 'string', value: String(n) })) },
      'INVALID_INPUT',
      'REPROMPT',
    ],
    ['a session without a scope', event({}, {}), 'SCOPE_MISSING', undefined],
    ['run, case and finding without a signature', event({}, SCOPE), 'SCOPE_MISSING', undefined],
    [
      'a scope that the prompt attributes carry',
      event({}, {}, attributesFor(SCOPE)),
      'SCOPE_MISSING',
      undefined,
    ],
    [
      'a scope signed by another workspace',
      event({}, signScope(caseScope(SCOPE), new SecretKey(Buffer.alloc(32, 'other')))),
      'SCOPE_MISSING',
      undefined,
    ],
    [
      'a scope that is over',
      event({}, signScope(caseScope(SCOPE, { expiresAt: '2026-11-24T08:00:00.000Z' }), TEST_ACCESS.key)),
      'SCOPE_EXPIRED',
      undefined,
    ],
    [
      'a scope about something else than a case',
      event({}, signScope(caseScope(SCOPE, { subject: { kind: 'workspace' } }), TEST_ACCESS.key)),
      'SCOPE_MISSING',
      undefined,
    ],
  ])('%s gives a code', async (_name, given, code, state) => {
    const response = await runAgentTool(
      tool(async () => ({})),
      given,
    );
    expect(bodyOf(response)).toMatchObject({ error: { code } });
    expect(response.response.functionResponse.responseState).toBe(state);
  });

  test.each<[string, Record<string, string>]>([
    ['its run', { runId: 'run-2' }],
    ['its case', { caseId: 'C-2' }],
    ['its finding', { findingId: 'f-2' }],
    ['a scope', attributesFor({ ...SCOPE, caseId: 'C-2' })],
  ])('a model that passes %s as a parameter reaches nothing', async (_name, parameters) => {
    let answered = 0;
    const response = await runAgentTool(
      tool(async () => ({ answered: ++answered })),
      event(parameters),
    );
    expect(answered).toBe(0);
    expect(bodyOf(response)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
  });

  test('an error for the agent keeps its code', async () => {
    const response = await runAgentTool(
      tool(async () => {
        throw new AgentToolError('NOT_FOUND', 'No such record.');
      }),
      event({}),
    );
    expect(bodyOf(response)).toEqual({ error: { code: 'NOT_FOUND', message: 'No such record.' } });
  });

  test('a message of a library never reaches the agent, and somebody is told', async () => {
    const secret = new Error('SELECT * FROM /srv/lake failed');
    const response = await runAgentTool(
      tool(async () => {
        throw secret;
      }),
      event({}),
    );
    expect(JSON.stringify(response)).not.toContain('lake');
    expect(bodyOf(response)).toMatchObject({ error: { code: 'TOOL_FAILED' } });
    expect(seen).toEqual([secret]);
  });

  test('an event that is none is refused', async () => {
    await expect(
      runAgentTool(
        tool(async () => ({})),
        { hello: 'world' },
      ),
    ).rejects.toThrow();
  });
});

describe('the size of a reply', () => {
  test('a list that is too long is cut, and says so', async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => ({ n, text: 'row' }));
    const response = await runAgentTool(
      tool(async () => ({ rows, total: 5_000 })),
      event({}),
    );
    const body = bodyOf(response);
    expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThanOrEqual(MAX_RESPONSE_BYTES);
    expect(body).toMatchObject({ more: true, total: 5_000 });
    const { evidenceId, ...content } = body;
    expect(evidenceId).toBe(evidenceIdOf(content));
  });

  test('one text that is too long is refused with a code', async () => {
    const response = await runAgentTool(
      tool(async () => ({ text: 'x'.repeat(30_000) })),
      event({}),
    );
    expect(bodyOf(response)).toMatchObject({ error: { code: 'REPLY_TOO_LARGE' } });
  });

  test('property: whatever the content, the response fits', async () => {
    const contents = fc.dictionary(
      fc.string({ maxLength: 20 }),
      fc.array(fc.string({ maxLength: 200, unit: 'grapheme' }), { maxLength: 300 }),
    );
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const response = await runAgentTool(
          tool(async () => content),
          event({}),
        );
        expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThanOrEqual(MAX_RESPONSE_BYTES);
      }),
      { seed: 20261014, numRuns: 50 },
    );
  });
});

describe('evidence from a reply', () => {
  const call = { caseId: 'C-1', tool: 'usage-query', input: { question: 'daily-series' } };
  const content = { records: 5 };
  const reply = JSON.stringify({ evidenceId: evidenceIdOf(content), ...content });

  test('is the reply under its name', () => {
    expect(evidenceFrom(reply, call)).toMatchObject({ evidenceId: evidenceIdOf(content), content, ...call });
  });

  test.each([
    ['a reply that was changed on the way', reply.replace('5', '6')],
    ['an error', JSON.stringify({ error: { code: 'NOT_FOUND', message: '' } })],
    [
      'a draft, whose words are the agent’s own',
      JSON.stringify({ evidenceId: evidenceIdOf({ draft: true }), draft: true }),
    ],
    ['text', 'The records are fine.'],
    ['a list', '[]'],
  ])('%s is none', (_name, text) => {
    expect(evidenceFrom(text, call)).toBeUndefined();
  });
});
