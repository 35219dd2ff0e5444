import { validateDefinition } from './validate.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:known';
const canRun = (arn: string) => arn === FUNCTION || arn.startsWith('arn:aws:states:::lambda:invoke');

function findings(definition: unknown): string[] {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  return validateDefinition(text, canRun).diagnostics.errors.map(
    ({ code, location }) => `${code} ${location}`,
  );
}
const machine = (states: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...more,
});
const task = (more: Record<string, unknown>) =>
  machine({ T: { Type: 'Task', Resource: FUNCTION, End: true, ...more } });
const pass = (more: Record<string, unknown>) => machine({ P: { Type: 'Pass', End: true, ...more } });
const region = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
const map = (more: Record<string, unknown>, mode = 'DISTRIBUTED') =>
  machine({
    M: {
      Type: 'Map',
      End: true,
      ItemProcessor: {
        ...region('I'),
        ProcessorConfig: mode === 'INLINE' ? { Mode: mode } : { Mode: mode, ExecutionType: 'STANDARD' },
      },
      ...more,
    },
  });

test.each([
  ['a Pass', pass({ Output: { total: '{% $sum($states.input.amounts) %}' } })],
  [
    'a query language in the state alone',
    { StartAt: 'P', States: { P: { Type: 'Pass', QueryLanguage: 'JSONata', End: true } } },
  ],
  [
    'a constant condition',
    machine({ C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'E' }] }, E: { Type: 'Succeed' } }),
  ],
  [
    'a callback',
    task({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: FUNCTION },
    }),
  ],
  ['names after the first step', pass({ Output: '{% $states.input.items[price > 5].{ "name": name } %}' })],
  ['names inside a sort', pass({ Output: '{% $states.input.items^(price) %}' })],
  ['a literal object as Items elsewhere', map({ Items: [1, '{% $states.input.n %}'] }, 'INLINE')],
  [
    'a reader',
    map({
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        Arguments: { Bucket: 'b', Key: 'k' },
        ReaderConfig: { InputType: 'JSONL' },
      },
    }),
  ],
])('accepts %s', (_name, definition) => {
  expect(findings(definition)).toEqual([]);
});

test.each([
  ['text that is not JSON', '{', 'INVALID_JSON_DESCRIPTION /'],
  ['a list', '[]', 'INVALID_JSON_DESCRIPTION /'],
  ['no states', { QueryLanguage: 'JSONata', StartAt: 'A', States: {} }, 'SCHEMA_VALIDATION_FAILED /States'],
  [
    'a start that is not there',
    machine({ P: { Type: 'Pass', End: true } }, { StartAt: 'Q' }),
    'MISSING_TRANSITION_TARGET /StartAt',
  ],
  [
    'a state nobody reaches',
    machine({ P: { Type: 'Pass', End: true }, Q: { Type: 'Pass', End: true } }),
    'MISSING_TRANSITION_TARGET /States/Q',
  ],
  [
    'a target that is not there',
    machine({ P: { Type: 'Pass', Next: 'Q' } }),
    'MISSING_TRANSITION_TARGET /States/P/Next',
  ],
  ['neither Next nor End', machine({ P: { Type: 'Pass' } }), 'MISSING_END_STATE /States/P'],
  [
    'both Next and End',
    machine({ P: { Type: 'Pass', Next: 'P', End: true } }),
    'MISSING_END_STATE /States/P',
  ],
  [
    'a name used twice',
    machine({ P: { Type: 'Parallel', Branches: [region('A'), region('A')], End: true } }),
    'DUPLICATE_STATE_NAME /States/P/Branches[1]/States/A',
  ],
  ['an unknown type', machine({ P: { Type: 'Loop', End: true } }), 'SCHEMA_VALIDATION_FAILED /States/P/Type'],
  ['an unknown field', pass({ Outputs: 1 }), 'SCHEMA_VALIDATION_FAILED /States/P/Outputs'],
  ['a JSONPath field', pass({ ResultPath: '$.x' }), 'SCHEMA_VALIDATION_FAILED /States/P/ResultPath'],
  [
    'an expression that does not parse',
    pass({ Output: '{% 1 + %}' }),
    'INVALID_JSONATA_EXPRESSION /States/P/Output',
  ],
  [
    'an expression with text around it',
    pass({ Output: ' {% 1 %}' }),
    'INVALID_JSONATA_EXPRESSION /States/P/Output',
  ],
  [
    'a bare name, deep in a template',
    pass({ Output: { a: [1, '{% phone %}'] } }),
    'UNSUPPORTED_JSONATA_EXPRESSION /States/P/Output/a[1]',
  ],
  [
    'the context item at the top',
    pass({ Output: '{% $ %}' }),
    'UNSUPPORTED_JSONATA_EXPRESSION /States/P/Output',
  ],
  ['the root item', pass({ Output: '{% $$ %}' }), 'UNSUPPORTED_JSONATA_EXPRESSION /States/P/Output'],
  [
    'a variable called states',
    pass({ Assign: { states: 1 } }),
    'SCHEMA_VALIDATION_FAILED /States/P/Assign/states',
  ],
  [
    'a heartbeat that is not shorter than the timeout',
    task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
    'SCHEMA_VALIDATION_FAILED /States/T/HeartbeatSeconds',
  ],
  ['a timeout of zero', task({ TimeoutSeconds: 0 }), 'SCHEMA_VALIDATION_FAILED /States/T/TimeoutSeconds'],
  [
    'a resource without a handler',
    task({ Resource: 'arn:aws:states:::sqs:sendMessage' }),
    'UNKNOWN_RESOURCE /States/T/Resource',
  ],
  [
    'States.ALL beside another error',
    task({ Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] }),
    'SCHEMA_VALIDATION_FAILED /States/T/Retry[0]/ErrorEquals',
  ],
  [
    'States.ALL before the last retrier',
    task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }),
    'SCHEMA_VALIDATION_FAILED /States/T/Retry[0]/ErrorEquals',
  ],
  [
    'a back-off below one',
    task({ Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.5 }] }),
    'SCHEMA_VALIDATION_FAILED /States/T/Retry[0]/BackoffRate',
  ],
  [
    'a Wait with two times',
    machine({ W: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true } }),
    'SCHEMA_VALIDATION_FAILED /States/W',
  ],
  [
    '30 February',
    machine({ W: { Type: 'Wait', Timestamp: '2026-02-30T00:00:00Z', End: true } }),
    'SCHEMA_VALIDATION_FAILED /States/W/Timestamp',
  ],
  [
    'a reader in an inline Map',
    map(
      {
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          Arguments: {},
          ReaderConfig: { InputType: 'JSON' },
        },
      },
      'INLINE',
    ),
    'SCHEMA_VALIDATION_FAILED /States/M/ItemReader',
  ],
  [
    'a reader of an unknown format',
    map({
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        Arguments: {},
        ReaderConfig: { InputType: 'XML' },
      },
    }),
    'SCHEMA_VALIDATION_FAILED /States/M/ItemReader/ReaderConfig/InputType',
  ],
  ['a batcher without a size', map({ ItemBatcher: {} }), 'SCHEMA_VALIDATION_FAILED /States/M/ItemBatcher'],
])('refuses %s', (_name, definition, expected) => {
  expect(findings(definition)).toContain(expected);
});
