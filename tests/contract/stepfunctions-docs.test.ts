/** docs/embedded-cloud.md says what is supported, refused and different; this test keeps it true. */
import { readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-sfn';
import { realClock } from '#local/clock.ts';
import { SubstitutionError, substituteDefinition } from '#local/stepfunctions/definition/substitutions.ts';
import { Journal } from '#local/stepfunctions/journal/store.ts';
import { EVALUATION_LIMITS } from '#local/stepfunctions/jsonata/realm.ts';
import { createStepFunctions } from '#local/stepfunctions/service.ts';
import { FUNCTION, ROLE, startTestCloud, type TestCloud } from './stepfunctions-cloud.ts';

const GUIDE = readFileSync(new URL('../../docs/embedded-cloud.md', import.meta.url), 'utf8');

function rows(heading: string): string[][] {
  const section = GUIDE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

let at: TestCloud;
beforeAll(async () => {
  at = await startTestCloud();
});
afterAll(async () => {
  await at.close();
});

test('the supported operations are those of the code, and all are in the SDK', () => {
  const journal = new Journal({});
  const { operations } = createStepFunctions({ journal, clock: realClock(), tasks: {} });
  const listed = rows('Supported operations').flatMap(([, names = '']) => names.split(', '));
  expect([...listed].sort()).toEqual(Object.keys(operations).sort());
  expect(listed.filter((name) => !(`${name}Command` in sdk))).toEqual([]);
  journal.close();
});

test('the bounds of expressions are those of the code', () => {
  const { milliseconds, depth, arrayLength, stringLength } = EVALUATION_LIMITS;
  const text = `time (${milliseconds / 1000} s), depth (${depth}), array length (${arrayLength.toLocaleString('en-US')}) and string length (2^${Math.log2(stringLength)})`;
  expect(GUIDE.replaceAll('\n', ' ')).toContain(text);
});

const one = (state: Record<string, unknown>) => ({ StartAt: 'S', States: { S: { End: true, ...state } } });
const big = 'x'.repeat(262_145);

/** Resolves to the name of the error with which something was refused, or of the execution's error. */
const created = async (
  definition: Record<string, unknown>,
  more: Partial<sdk.CreateStateMachineCommandInput> = {},
) => {
  const input = { name: 'refused', roleArn: ROLE, definition: JSON.stringify(definition), ...more };
  return at.client.send(new sdk.CreateStateMachineCommand(input)).then(
    () => 'accepted',
    (error: Error) => `${error.name} ${error.message}`,
  );
};
const jsonata = (state: Record<string, unknown>) => ({ QueryLanguage: 'JSONata', ...one(state) });

const REFUSED: Readonly<Record<string, readonly [refusal: () => Promise<string>, expected: RegExp]>> = {
  'A JSONPath state': [
    () => created(one({ Type: 'Pass' })),
    /InvalidDefinition .*runs JSONata only at \/States\/S\/QueryLanguage/,
  ],
  'A field it does not know': [
    () => created(jsonata({ Type: 'Pass', Parameters: {} })),
    /InvalidDefinition .*JSONPath query language.* at \/States\/S\/Parameters/,
  ],
  'A resource without a handler': [
    () => created(jsonata({ Type: 'Task', Resource: 'arn:aws:states:::dynamodb:putItem', Arguments: {} })),
    /InvalidDefinition .*No handler is registered for arn:aws:states:::dynamodb:putItem/,
  ],
  'An activity': [
    () => created(jsonata({ Type: 'Task', Resource: 'arn:aws:states:us-east-1:000000000000:activity:a' })),
    /InvalidDefinition .*not a resource this runtime can call/,
  ],
  'The job pattern of a service without a handler': [
    () =>
      created(jsonata({ Type: 'Task', Resource: 'arn:aws:states:::glue:startJobRun.sync', Arguments: {} })),
    /InvalidDefinition .*No handler is registered/,
  ],
  'An expression that AWS refuses': [
    () => created(jsonata({ Type: 'Pass', Output: '{% phone %}' })),
    /UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported/,
  ],
  'A name that AWS refuses': [() => created(jsonata({ Type: 'Pass' }), { name: 'a b' }), /^InvalidName/],
  'An express machine': [
    () => created(jsonata({ Type: 'Pass' }), { type: 'EXPRESS' }),
    /^StateMachineTypeNotSupported/,
  ],
  'Versions and aliases': [
    () => created(jsonata({ Type: 'Pass' }), { publish: true }),
    /^ValidationException .*Versions/,
  ],
  'A definition over 1 MiB': [
    () => created({ ...jsonata({ Type: 'Pass' }), Comment: 'x'.repeat(1_048_577) }),
    /^ValidationException/,
  ],
  'Input over 256 KiB': [
    async () => {
      const stateMachineArn = await at.create(one({ Type: 'Pass' }));
      const start = new sdk.StartExecutionCommand({ stateMachineArn, input: JSON.stringify(big) });
      return at.client.send(start).then(
        () => 'accepted',
        (error: Error) => error.name,
      );
    },
    /^ValidationException$/,
  ],
  'A result over 256 KiB': [
    async () => (await at.run(one({ Type: 'Task', Resource: `${FUNCTION}big` }))).error ?? 'accepted',
    /^States\.DataLimitExceeded$/,
  ],
  'More than 25,000 events': [
    async () => {
      const again = { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'S' }] };
      const loop = { StartAt: 'S', States: { S: { Type: 'Pass', Next: 'C' }, C: again } };
      const { error, cause } = await at.run(loop);
      return `${error} ${cause}`;
    },
    /^States\.Runtime The execution reached the maximum number of history events \(25000\)\.$/,
  ],
  '`$eval`': [
    async () => (await at.run(one({ Type: 'Pass', Output: "{% $eval('1') %}" }))).cause ?? 'accepted',
    /T1006: Attempted to invoke a non-function$/,
  ],
  'A missing substitution': [
    async () => {
      try {
        return substituteDefinition(`{"Resource":"$\{Arn}"}`, {});
      } catch (thrown) {
        return thrown instanceof SubstitutionError ? thrown.message : 'another error';
      }
    },
    /^The definition needs values for \$\{Arn\}\.$/,
  ],
};

test.each(rows('Refused').map(([what = '']) => what))(
  'refused: %s',
  async (what) => {
    const [refusal, expected] = REFUSED[what] ?? [];
    expect(await refusal?.()).toMatch(expected ?? /^$/);
  },
  60_000,
);

test('no refusal is tested that the guide does not name', () => {
  expect(Object.keys(REFUSED).sort()).toEqual(
    rows('Refused')
      .map(([what = '']) => what)
      .sort(),
  );
});

/** What proves each difference: a definition, and what its execution must show. */
const DIFFERS: Readonly<Record<string, () => Promise<void>>> = {
  'Cause of a failed function': async () => {
    expect(await at.run(one({ Type: 'Task', Resource: `${FUNCTION}fail` }))).toMatchObject({
      error: 'Refused',
      cause: 'no reason',
    });
  },
  'Redrive of a Map or Parallel': async () => {
    const branch = (name: string, state: Record<string, unknown>) => ({
      StartAt: name,
      States: { [name]: { End: true, ...state } },
    });
    const flaky = { Type: 'Task', Resource: `${FUNCTION}flaky`, Arguments: { failures: 1 } };
    const { executionArn = '' } = await at.run(
      one({ Type: 'Parallel', Branches: [branch('Good', { Type: 'Pass' }), branch('Bad', flaky)] }),
    );
    await at.client.send(new sdk.RedriveExecutionCommand({ executionArn }));
    expect(await at.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    const entered = (await at.events(executionArn)).filter((event) => event.type === 'PassStateEntered');
    expect(entered).toHaveLength(2);
  },
  'Children of EXPRESS type': async () => {
    const processor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
      StartAt: 'P',
      States: { P: { Type: 'Pass', End: true } },
    };
    const { executionArn } = await at.run(one({ Type: 'Map', Items: [1], ItemProcessor: processor }));
    const { mapRuns } = await at.client.send(new sdk.ListMapRunsCommand({ executionArn }));
    const { executions } = await at.client.send(
      new sdk.ListExecutionsCommand({ mapRunArn: mapRuns?.[0]?.mapRunArn }),
    );
    expect((await at.events(executions?.[0]?.executionArn ?? '')).length).toBeGreaterThan(3);
  },
  'Roles and Credentials': async () => {
    const Credentials = { RoleArn: 'arn:aws:iam::000000000000:role/nobody' };
    const { executionArn = '' } = await at.run(
      one({ Type: 'Task', Resource: `${FUNCTION}echo`, Credentials }),
    );
    const scheduled = (await at.events(executionArn)).find(
      (event) => event.type === 'LambdaFunctionScheduled',
    );
    expect(scheduled?.lambdaFunctionScheduledEventDetails?.taskCredentials).toEqual({
      roleArn: Credentials.RoleArn,
    });
  },
  'Order of events in concurrent branches': async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
    const { executionArn = '' } = await at.run(
      one({ Type: 'Parallel', Branches: [branch('A'), branch('B')] }),
    );
    const names = (await at.events(executionArn)).map(
      (event) => event.stateEnteredEventDetails?.name ?? event.stateExitedEventDetails?.name,
    );
    expect(names.filter((name) => name === 'A' || name === 'B')).toEqual(['A', 'A', 'B', 'B']);
  },
  '`$states.context.Map.Item`': async () => {
    const processor = {
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output: '{% $keys($states.context.Map.Item) %}', End: true } },
    };
    const { output } = await at.run(one({ Type: 'Map', Items: ['a'], ItemProcessor: processor }));
    expect(output).toBe('[["Index","Value"]]');
  },
  Throttling: async () => {
    const stateMachineArn = await at.create(one({ Type: 'Pass' }));
    const all = Array.from({ length: 1_000 }, () => at.start(stateMachineArn));
    expect(new Set(await Promise.all(all)).size).toBe(1_000);
  },
};

test.each(rows('Where it differs from AWS').map(([what = '']) => what))(
  'different: %s',
  async (what) => {
    expect(DIFFERS[what]).toBeDefined();
    await DIFFERS[what]?.();
  },
  60_000,
);

test('no difference is tested that the guide does not name', () => {
  expect(Object.keys(DIFFERS).sort()).toEqual(
    rows('Where it differs from AWS')
      .map(([what = '']) => what)
      .sort(),
  );
});
