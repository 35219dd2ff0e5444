/**
 * A process that runs one execution on a data folder until it ends. Its parent kills it at any time and starts it
 * again. Arguments: data folder, ledger file. Every effect is one line of the ledger: idempotency key and what.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { startLocalCloud } from '#local/index.ts';

const [dataDir = '', ledger = ''] = process.argv.slice(2);
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:effect';

const done = new Set<string>();
if (existsSync(ledger)) {
  // The last line may be torn by the kill; an effect counts when its line is whole.
  for (const line of readFileSync(ledger, 'utf8').split('\n'))
    if (line.endsWith(';')) done.add(line.split(' ')[0] ?? '');
}

process.stdout.write('starting\n');
const cloud = await startLocalCloud({
  port: 0,
  dataDir,
  tasks: {
    [FUNCTION]: async (payload, context) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (!done.has(context.idempotencyKey)) {
        done.add(context.idempotencyKey);
        appendFileSync(ledger, `\n${context.idempotencyKey} ${JSON.stringify(payload)};`);
      }
      return payload;
    },
  },
});

const each = {
  Type: 'Task',
  Resource: FUNCTION,
  Arguments: { item: '{% $states.input %}', round: '{% $round %}' },
  End: true,
};
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Assign: { round: 1 }, Next: 'Each' },
    Each: {
      Type: 'Map',
      Items: [1, 2, 3, 4],
      MaxConcurrency: 2,
      ItemProcessor: { StartAt: 'Effect', States: { Effect: each } },
      Next: 'Pause',
    },
    Pause: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', Next: 'Spread' },
    Spread: {
      Type: 'Map',
      Items: '{% [1..3].{"n": $, "round": $round} %}',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Far',
        States: { Far: { Type: 'Task', Resource: FUNCTION, End: true } },
      },
      Assign: { round: '{% $round + 1 %}' },
      Next: 'Again',
    },
    Again: { Type: 'Choice', Choices: [{ Condition: '{% $round <= 10 %}', Next: 'Each' }], Default: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

async function call(operation: string, input: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: {
      'x-amz-target': `AWSStepFunctions.${operation}`,
      'content-type': 'application/x-amz-json-1.0',
    },
    body: JSON.stringify(input),
  });
  return (await response.json()) as Record<string, unknown>;
}

const roleArn = 'arn:aws:iam::000000000000:role/kill';
await call('CreateStateMachine', { name: 'kill', roleArn, definition: JSON.stringify(definition) });
const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:kill';
await call('StartExecution', { stateMachineArn, name: 'one' });
const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:kill:one';
for (;;) {
  const { status, error, cause } = await call('DescribeExecution', { executionArn });
  if (status !== 'RUNNING') {
    process.stdout.write(
      JSON.stringify({
        status,
        error,
        cause,
        history: await call('GetExecutionHistory', { executionArn, maxResults: 1000 }),
      }),
    );
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await cloud.close();
process.exit(0);
