import { readCloudStatus } from '#apps/host/cloud-status.ts';
import { followExecution, listExecutions } from '#apps/host/executions.ts';
import { openHost } from '#apps/host.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** Commands on the embedded cloud. */
export const LOCAL_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'local',
    summary: 'Serve the embedded cloud until interrupted: Step Functions and Bedrock Agents on one port',
    example: 'plumbline local --port 4566',
    options: [{ flags: '--port <n>', description: 'Port (0 takes a free one)', defaultValue: '4566' }],
    run: serve,
  },
  {
    usage: 'local status',
    summary: 'Executions of the data folder, newest first',
    example: 'plumbline local status',
    run: status,
  },
  {
    usage: 'local watch <execution>',
    summary: 'Follow one execution live: each event as it happens, until it ends',
    example: 'plumbline local watch demo-2026-10',
    run: watch,
  },
];

async function serve(invocation: Invocation, output: Output): Promise<CommandResult> {
  const port = Number(textOption(invocation, 'port'));
  const host = await openHost({ home: invocation.home, port });
  if (!host.ownsCloud) {
    await host.close();
    throw new PlumblineError('DataFolderInUse', {
      what: 'Another process serves this data folder already',
      where: `${invocation.home}, ${host.endpoint}`,
      next: 'use its endpoint, or another --home',
    });
  }
  output.print(`Embedded cloud at ${host.endpoint}, data in ${invocation.home}`);
  output.print(
    `AWS_ENDPOINT_URL=${host.endpoint} points the AWS CLI and SDKs at it. Ctrl-C stops it; nothing is lost.`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await host.close();
  return { data: { endpoint: host.endpoint } };
}

async function status(invocation: Invocation, output: Output): Promise<CommandResult> {
  const { endpoint, executions } = await readCloudStatus(invocation.home);
  output.print(
    endpoint === null
      ? 'No process serves this folder; these executions stand in its journal.'
      : `Embedded cloud at ${endpoint}`,
  );
  const rows = executions.map((e) => [e.status, e.stateMachine, e.name, e.startedAt.slice(0, 19)]);
  const columns = [
    { title: 'STATUS' },
    { title: 'STATE MACHINE' },
    { title: 'EXECUTION' },
    { title: 'STARTED (UTC)' },
  ];
  for (const line of tableLines(columns, rows)) output.print(line);
  return { data: { endpoint, executions } };
}

async function watch(invocation: Invocation, output: Output): Promise<CommandResult> {
  const host = await openHost({ home: invocation.home });
  try {
    const name = invocation.args.execution ?? '';
    const execution = (await listExecutions(host.sfn)).find(
      (e) => e.name === name || e.executionArn === name,
    );
    if (!execution) {
      throw new PlumblineError('UnknownName', {
        what: `There is no execution "${name}"`,
        next: 'plumbline local status',
      });
    }
    const started = Date.parse(execution.startedAt);
    const status = await followExecution(host.sfn, execution.executionArn, (event) => {
      const seconds = ((event.at - started) / 1000).toFixed(3).padStart(10);
      output.print(`${seconds} s  #${String(event.id).padEnd(5)} ${event.type.padEnd(28)} ${event.what}`);
    });
    output.print(`${execution.stateMachine} ${execution.name}: ${status}`);
    return { data: { executionArn: execution.executionArn, status } };
  } finally {
    await host.close();
  }
}
