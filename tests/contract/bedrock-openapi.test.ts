import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import { calls, invoke, LAMBDA, MODEL, makeAgent, says, startBedrock } from './bedrock-harness.ts';

describe('an action group with an OpenAPI schema', () => {
  const payload = JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'desk', version: '1' },
    paths: {
      '/cases/{id}/notes': {
        post: {
          operationId: 'addNote',
          description: 'Adds a note to a case.',
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } } },
        },
      },
    },
    components: {
      schemas: {
        Note: {
          type: 'object',
          required: ['text'],
          properties: { text: { type: 'string' }, pin: { type: 'boolean' } },
        },
      },
    },
  });

  test('path, verb, parameters and body reach the function; its body reaches the model', async () => {
    const events: unknown[] = [];
    const model = scriptedModel('m', [
      calls({ tool: 'POST__desk__addNote', input: { id: 'C1', text: 'seen', pin: true } }),
      says('noted'),
    ]);
    await using cloud = await startBedrock({
      models: { [MODEL]: model },
      invokeFunction: async (_arn, event) => {
        events.push(event);
        return {
          messageVersion: '1.0',
          response: {
            actionGroup: 'desk',
            apiPath: '/cases/{id}/notes',
            httpMethod: 'POST',
            httpStatusCode: 200,
            responseBody: { 'application/json': { body: '{"ok":true}' } },
          },
        };
      },
    });
    const agentId = await makeAgent(cloud, [
      { actionGroupName: 'desk', actionGroupExecutor: { lambda: LAMBDA }, apiSchema: { payload } },
    ]);
    const answer = await invoke(cloud, agentId, { inputText: 'x' });
    expect(answer.text).toBe('noted');
    expect(events).toMatchObject([
      {
        apiPath: '/cases/{id}/notes',
        httpMethod: 'POST',
        parameters: [{ name: 'id', type: 'string', value: 'C1' }],
        requestBody: {
          content: {
            'application/json': {
              properties: [
                { name: 'text', type: 'string', value: 'seen' },
                { name: 'pin', type: 'boolean', value: 'true' },
              ],
            },
          },
        },
      },
    ]);
    const input = answer.events.flatMap(
      (event) => event.trace?.trace?.orchestrationTrace?.invocationInput ?? [],
    );
    expect(input).toMatchObject([
      { actionGroupInvocationInput: { apiPath: '/cases/{id}/notes', verb: 'post' } },
    ]);
  });

  test.each([
    ['YAML', 'openapi: 3.0.0', /must be a JSON object/],
    ['Swagger 2', '{"swagger":"2.0"}', /3\.x/],
    ['no operation', '{"openapi":"3.0.0","paths":{}}', /no operation/],
    ['a reference to another file', '{"openapi":"3.0.0","paths":{"/a":{"$ref":"b.json"}}}', /cannot follow/],
    [
      'an object as a parameter',
      '{"openapi":"3.0.0","paths":{"/a":{"get":{"description":"d","parameters":[{"name":"p","schema":{"type":"object"}}]}}}}',
      /type object/,
    ],
  ])('%s is refused', async (_name, schema, message) => {
    await using cloud = await startBedrock({ models: { [MODEL]: scriptedModel('m', []) } });
    const made = makeAgent(cloud, [
      { actionGroupName: 'desk', actionGroupExecutor: { lambda: LAMBDA }, apiSchema: { payload: schema } },
    ]);
    await expect(made).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });
});
