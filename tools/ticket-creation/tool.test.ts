import { readFileSync } from 'node:fs';
import type { Context } from 'aws-lambda';
import { attributesFor, TEST_ACCESS } from '#tests/support/tool-access.ts';
import { handlerWith } from './handler.ts';
import { ticketCreationOutput } from './schema.ts';
import { draftTicket } from './tool.ts';

const SCOPE = { runId: 'run-1', caseId: 'C-0a1b2c3d', findingId: 'f-0a1b2c3d4e5f6071' };

function callWith(
  parameters: Readonly<Record<string, string>>,
  sessionAttributes: Record<string, string> = attributesFor(SCOPE),
) {
  const event = {
    messageVersion: '1.0',
    actionGroup: 'ticket-creation',
    function: 'ticket-creation',
    sessionId: 's-1',
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, type: 'string', value })),
    sessionAttributes,
    promptSessionAttributes: {},
  };
  return handlerWith({ access: TEST_ACCESS })(event, {} as Context);
}
const bodyOf = (reply: Awaited<ReturnType<typeof callWith>>) =>
  JSON.parse(reply.response.functionResponse.responseBody.TEXT.body);

describe('ticket-creation', () => {
  test('drafts a ticket about the case of the session', async () => {
    const body = bodyOf(
      await callWith({ name: 'Zero-rated calls', description: 'Since 14 October', severity: 'Minor' }),
    );
    const { evidenceId, ...draft } = body;
    expect(evidenceId).toMatch(/^ev-[0-9a-f]{12}$/);
    expect(ticketCreationOutput.parse(draft)).toMatchObject({
      draft: true,
      ticket: {
        name: 'Zero-rated calls',
        description: 'Since 14 October',
        severity: 'Minor',
        ticketType: 'revenue-assurance',
        relatedEntity: [{ id: 'C-0a1b2c3d', role: 'case' }],
      },
    });
  });

  test('a severity that is not named is Major', () => {
    expect(draftTicket({ name: 'a', description: 'b' }, SCOPE).ticket.severity).toBe('Major');
  });

  test.each([
    ['another case', { name: 'a', description: 'b', caseId: 'C-ffffffff' }, 'INVALID_INPUT'],
    ['no description', { name: 'a' }, 'INVALID_INPUT'],
    [
      'a severity that does not exist',
      { name: 'a', description: 'b', severity: 'Apocalyptic' },
      'INVALID_INPUT',
    ],
  ])('an agent that names %s is told so', async (_what, parameters, code) => {
    const reply = await callWith(parameters);
    expect(reply.response.functionResponse.responseState).toBe('REPROMPT');
    expect(bodyOf(reply)).toMatchObject({ error: { code } });
  });

  test('a session without a case drafts nothing', async () => {
    expect(bodyOf(await callWith({ name: 'a', description: 'b' }, {}))).toMatchObject({
      error: { code: 'SCOPE_MISSING' },
    });
  });

  test('has nothing to write with', () => {
    const imports = ['tool.ts', 'handler.ts'].flatMap((file) =>
      [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/from '([^']+)'/g)].map((m) => m[1]),
    );
    expect(imports.length).toBeGreaterThan(4);
    expect(
      imports.filter((name) => /ports|outbox|store|adapters(?!\/lambda\/tool-handler)/.test(name ?? '')),
    ).toEqual([]);
  });
});
