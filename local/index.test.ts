import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './index.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';
const APPROVAL = {
  QueryLanguage: 'JSONata',
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: `${FUNCTION}ask`, Payload: { token: '{% $states.context.Task.Token %}' } },
      Assign: { decision: '{% $states.result.decision %}' },
      Next: 'Act',
    },
    Act: { Type: 'Task', Resource: `${FUNCTION}act`, Arguments: { decision: '{% $decision %}' }, End: true },
  },
};

let folder: string;
const open: { cloud: LocalCloud; client: SFNClient }[] = [];

async function start(options: Omit<LocalCloudOptions, 'port'>) {
  const cloud = await startLocalCloud({ port: 0, ...options });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SFNClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials });
  open.push({ cloud, client });
  return { cloud, client };
}

async function stopAll() {
  for (const { cloud, client } of open.splice(0)) {
    client.destroy();
    await cloud.close();
  }
}

async function ended(client: SFNClient, executionArn: string): Promise<DescribeExecutionCommandOutput> {
  for (;;) {
    const description = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (description.status !== 'RUNNING') return description;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-cloud-'));
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

test('an execution that waits for a person goes on in the next process', async () => {
  const tokens: string[] = [];
  const tasks = {
    [`${FUNCTION}ask`]: (payload: unknown) => {
      tokens.push((payload as { token: string }).token);
      return {};
    },
    [`${FUNCTION}act`]: (payload: unknown) => ({ acted: payload }),
  };
  const first = await start({ dataDir: folder, tasks });
  const definition = JSON.stringify(APPROVAL);
  const roleArn = 'arn:aws:iam::000000000000:role/local';
  const machine = await first.client.send(
    new CreateStateMachineCommand({ name: 'approval', roleArn, definition }),
  );
  const { stateMachineArn } = machine;
  const { executionArn = '' } = await first.client.send(new StartExecutionCommand({ stateMachineArn }));
  while (tokens.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await stopAll();

  const second = await start({ dataDir: folder, tasks });
  const output = JSON.stringify({ decision: 'approve' });
  await second.client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output }));
  const description = await ended(second.client, executionArn);
  expect(description.status).toBe('SUCCEEDED');
  expect(JSON.parse(description.output ?? '')).toEqual({ acted: { decision: 'approve' } });
  expect(tokens).toHaveLength(1);
});

test('a task that was running when the process ended is sent again with the same token', async () => {
  const tokens: string[] = [];
  let answer = false;
  const tasks = {
    [`${FUNCTION}ask`]: (payload: unknown) => {
      tokens.push((payload as { token: string }).token);
      return answer ? {} : new Promise(() => {});
    },
    [`${FUNCTION}act`]: () => 'done',
  };
  const first = await start({ dataDir: folder, tasks });
  const roleArn = 'arn:aws:iam::000000000000:role/local';
  const definition = JSON.stringify(APPROVAL);
  const machine = await first.client.send(
    new CreateStateMachineCommand({ name: 'approval', roleArn, definition }),
  );
  const { stateMachineArn } = machine;
  await first.client.send(new StartExecutionCommand({ stateMachineArn }));
  while (tokens.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await stopAll();

  answer = true;
  await start({ dataDir: folder, tasks });
  while (tokens.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(tokens[1]).toBe(tokens[0]);
});

test('a second process on the same data folder is refused', async () => {
  await start({ dataDir: folder, tasks: {} });
  await expect(start({ dataDir: folder, tasks: {} })).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' });
});

test('a definition whose function has no handler is refused when it is created', async () => {
  const { client } = await start({ tasks: {} });
  const roleArn = 'arn:aws:iam::000000000000:role/local';
  const definition = JSON.stringify(APPROVAL);
  const create = client.send(new CreateStateMachineCommand({ name: 'approval', roleArn, definition }));
  await expect(create).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: expect.stringContaining('/States/Ask/Resource'),
  });
});
