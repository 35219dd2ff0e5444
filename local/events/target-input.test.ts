import { checkInput, type InputChoice, targetInput } from './target-input.ts';

const EVENT = {
  id: 'e1',
  time: '2026-01-01T00:00:00Z',
  detail: { day: '2026-01-01', rows: 12, 'a b': [{ x: 'say "hi"' }] },
};
const RULE = { ruleArn: 'arn:rule', ruleName: 'closed', ingestionTime: '2026-01-01T00:00:01Z' };

test.each<[string, InputChoice, unknown]>([
  ['the whole event', {}, EVENT],
  ['a constant', { Input: '{"a":1}' }, { a: 1 }],
  ['a part', { InputPath: '$.detail' }, EVENT.detail],
  ['a part by quoted name and number', { InputPath: "$.detail['a b'][0].x" }, 'say "hi"'],
  ['a part that is not there', { InputPath: '$.detail.none' }, null],
  [
    'a template, values as JSON',
    {
      InputTransformer: {
        InputPathsMap: { day: '$.detail.day', rows: '$.detail.rows' },
        InputTemplate: '{"day": <day>, "rows": <rows>}',
      },
    },
    { day: '2026-01-01', rows: 12 },
  ],
  [
    'a template, values inside text',
    {
      InputTransformer: {
        InputPathsMap: { x: "$.detail['a b'][0].x", rows: '$.detail.rows' },
        InputTemplate: '{"text": "<rows> rows, <x>"}',
      },
    },
    { text: '12 rows, say "hi"' },
  ],
  [
    'a value that is missing',
    { InputTransformer: { InputPathsMap: { n: '$.none' }, InputTemplate: '{"n": <n>, "text": "<n>"}' } },
    { n: null, text: '' },
  ],
  [
    'reserved variables',
    {
      InputTransformer: {
        InputTemplate: '{"rule": <aws.events.rule-name>, "event": <aws.events.event.json>}',
      },
    },
    { rule: 'closed', event: EVENT },
  ],
])('%s', (_name, choice, expected) => {
  checkInput(choice);
  expect(JSON.parse(targetInput(choice, EVENT, RULE))).toEqual(expected);
});

test.each<[string, InputChoice, RegExp]>([
  ['two choices', { Input: '{}', InputPath: '$' }, /Only one of/],
  ['a constant that is no JSON', { Input: 'hello' }, /not valid JSON/],
  ['a filter in a path', { InputPath: '$..x' }, /not a path/],
  ['a variable without a path', { InputTransformer: { InputTemplate: '<x>' } }, /does not define/],
])('%s is refused', (_name, choice, message) => {
  expect(() => checkInput(choice)).toThrow(message);
});

test('a template that does not give JSON is an error of the delivery', () => {
  expect(() => targetInput({ InputTransformer: { InputTemplate: '{oops}' } }, EVENT, RULE)).toThrow(
    /not valid JSON/,
  );
});
