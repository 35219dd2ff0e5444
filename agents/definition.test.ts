import { z } from 'zod';
import { actionGroupRequests, converseTools, createAgentRequest, functionSchema } from './definition.ts';
import { AGENTS } from './registry.ts';

const arnOf = (tool: string) => `arn:aws:lambda:eu-central-1:000000000000:function:${tool}`;
/** Tools that have an effect, or that only state machines may call. */
const WRITING = ['apply-remediation', 'close-case', 'make-proposal', 'open-case', 'request-approval'];

describe.each(AGENTS.map((agent) => [agent.name, agent] as const))('%s', (_name, agent) => {
  const groups = actionGroupRequests(agent, arnOf);

  test('the Bedrock agent and the Converse tools say the same', () => {
    const bedrock = groups.flatMap(({ actionGroupName, functionSchema: schema }) =>
      (schema?.functions ?? []).map(({ name, parameters = {} }) => ({
        name: `${actionGroupName}__${name}`,
        parameters: Object.fromEntries(
          Object.entries(parameters).map(([parameter, { type, description }]) => [
            parameter,
            { type, description },
          ]),
        ),
        required: Object.keys(parameters).filter((parameter) => parameters[parameter]?.required),
      })),
    );
    const converse = converseTools(agent).map(({ toolSpec }) => {
      const { properties, required } = toolSpec.inputSchema.json as {
        properties: object;
        required: string[];
      };
      return { name: toolSpec.name, parameters: properties, required };
    });
    expect(converse).toEqual(bedrock);
  });

  test('it stays within what Bedrock takes', () => {
    const request = createAgentRequest(agent, 'arn:aws:iam::000000000000:role/plumbline-agent');
    expect(request.instruction?.length).toBeGreaterThanOrEqual(40);
    expect(request.instruction?.length).toBeLessThanOrEqual(4_000);
    expect(groups.length).toBeLessThanOrEqual(11);
    for (const { description, functionSchema: schema } of groups) {
      expect(description?.length).toBeLessThanOrEqual(200);
      for (const { description: text, parameters = {} } of schema?.functions ?? []) {
        expect(text?.length).toBeLessThanOrEqual(1_200);
        expect(Object.keys(parameters).length).toBeLessThanOrEqual(5);
        for (const { description: words } of Object.values(parameters)) {
          expect(words?.length).toBeGreaterThan(10);
          expect(words?.length).toBeLessThanOrEqual(500);
        }
      }
    }
  });

  test('it holds no tool that writes, and no parameter that names run, case or finding', () => {
    expect(agent.tools.filter(({ name }) => WRITING.includes(name))).toEqual([]);
    const parameters = agent.tools.flatMap(({ input }) => Object.keys(input.shape));
    expect(parameters.filter((name) => /run|case|finding|operator|tenant/i.test(name))).toEqual([]);
  });
});

describe('parameters of a function schema', () => {
  const schema = (field: z.ZodType) =>
    functionSchema({ name: 'tool', description: 'x', input: z.strictObject({ field }) }).parameters?.field;

  test.each<[string, z.ZodType, object]>([
    ['a text', z.string().describe('Words'), { type: 'string', required: true, description: 'Words' }],
    [
      'a text that may be left out',
      z.string().optional().describe('Words'),
      { type: 'string', required: false, description: 'Words' },
    ],
    [
      'a closed list',
      z.enum(['a', 'b']).describe('Which'),
      { type: 'string', required: true, description: 'Which. One of: a, b' },
    ],
    [
      'a number',
      z.coerce.number().int().optional().describe('How many'),
      { type: 'integer', required: false, description: 'How many' },
    ],
    [
      'a yes or no',
      z.boolean().describe('Whether'),
      { type: 'boolean', required: true, description: 'Whether' },
    ],
  ])('%s', (_name, field, expected) => {
    expect(schema(field)).toEqual(expected);
  });

  test('an object has no type there', () => {
    expect(() => schema(z.object({}))).toThrow(TypeError);
  });
});
