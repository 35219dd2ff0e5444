import type { ApiOperation, FunctionOperation } from './agent.ts';
import { MAX_REPLY_BYTES, readFunctionReply } from './function-event.ts';

const lookup: FunctionOperation = {
  kind: 'function',
  name: 'lookup',
  description: 'd',
  parameters: {},
  requireConfirmation: false,
};
const notes: ApiOperation = {
  kind: 'api',
  operationId: 'addNote',
  path: '/notes',
  method: 'POST',
  description: 'd',
  parameters: {},
  requireConfirmation: false,
};
const body = { responseBody: { TEXT: { body: 'ok' } } };
const reply = (response: object = {}, more: object = {}) => ({
  messageVersion: '1.0',
  response: { actionGroup: 'billing', function: 'lookup', functionResponse: body, ...response },
  ...more,
});
const apiReply = (response: object) => ({
  messageVersion: '1.0',
  response: {
    actionGroup: 'billing',
    apiPath: '/notes',
    httpMethod: 'post',
    httpStatusCode: 200,
    responseBody: { 'application/json': { body: '{}' } },
    ...response,
  },
});

test.each<[string, FunctionOperation | ApiOperation, unknown, object]>([
  ['text', lookup, reply(), { text: 'ok', state: 'ok', sessionAttributes: undefined }],
  [
    'a state',
    lookup,
    reply({ functionResponse: { ...body, responseState: 'REPROMPT' } }),
    { state: 'REPROMPT' },
  ],
  [
    'attributes',
    lookup,
    reply({}, { sessionAttributes: { a: '1' }, promptSessionAttributes: {} }),
    { sessionAttributes: { a: '1' }, promptSessionAttributes: {} },
  ],
  ['the body of an API operation', notes, apiReply({}), { text: '{}', state: 'ok' }],
])('%s is read', (_name, operation, answer, expected) => {
  expect(readFunctionReply('arn', 'billing', operation, answer)).toMatchObject(expected);
});

test.each<[string, FunctionOperation | ApiOperation, unknown, RegExp]>([
  ['nothing', lookup, undefined, /no object `response`/],
  ['a list', lookup, [], /no object `response`/],
  ['another version', lookup, { ...reply(), messageVersion: '2.0' }, /messageVersion/],
  ['another action group', lookup, reply({ actionGroup: 'desk' }), /`response.actionGroup` is not billing/],
  ['another function', lookup, reply({ function: 'delete' }), /`response.function` is not lookup/],
  [
    'a body that is no text',
    lookup,
    reply({ functionResponse: { responseBody: { TEXT: { body: 1 } } } }),
    /not a string/,
  ],
  ['attributes that are no text', lookup, reply({}, { sessionAttributes: { a: 1 } }), /must hold strings/],
  ['another path', notes, apiReply({ apiPath: '/other' }), /apiPath/],
  ['another verb', notes, apiReply({ httpMethod: 'GET' }), /httpMethod/],
  ['no status', notes, apiReply({ httpStatusCode: '200' }), /httpStatusCode/],
])('%s is a failure of the function', (_name, operation, answer, message) => {
  expect(() => readFunctionReply('arn', 'billing', operation, answer)).toThrow(
    expect.objectContaining({
      code: 'DependencyFailedException',
      extra: { resourceName: 'arn' },
      message: expect.stringMatching(message),
    }),
  );
});

test('the limit counts bytes of the whole answer', () => {
  const empty = Buffer.byteLength(
    JSON.stringify(reply({ functionResponse: { responseBody: { TEXT: { body: '' } } } })),
  );
  const filled = (text: string) => reply({ functionResponse: { responseBody: { TEXT: { body: text } } } });
  const room = MAX_REPLY_BYTES - empty;
  expect(readFunctionReply('arn', 'billing', lookup, filled('x'.repeat(room))).text).toHaveLength(room);
  expect(() => readFunctionReply('arn', 'billing', lookup, filled('x'.repeat(room + 1)))).toThrow(/25 KB/);
  expect(() => readFunctionReply('arn', 'billing', lookup, filled('é'.repeat(room / 2 + 1)))).toThrow(
    /25 KB/,
  );
});
