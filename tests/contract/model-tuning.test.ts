/**
 * The model-tuning machine, from verdicts to the alias: real tools, store, Step Functions and agent control plane.
 * Only two things are recorded replies, because they need a Bedrock account: the customization job and the answers
 * of the two models.
 */
import { readFileSync } from 'node:fs';
import { BedrockAgentClient } from '@aws-sdk/client-bedrock-agent';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { BedrockAgentModels } from '#adapters/bedrock/agent-models.ts';
import { registerAgents } from '#agents/register.ts';
import { AGENTS } from '#agents/registry.ts';
import { textOf } from '#core/learning/evaluation.ts';
import { recordVerdict } from '#core/learning/record-verdict.ts';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import { type LocalCloud, startLocalCloud } from '#local/index.ts';
import { substituteDefinition } from '#local/stepfunctions/definition/substitutions.ts';
import { aFinding, aProposal, event, someEvidence } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { handlerWith as evaluateModel } from '#tools/evaluate-model/handler.ts';
import { handlerWith as exportTuningRecords } from '#tools/export-tuning-records/handler.ts';
import { handlerWith as switchModel } from '#tools/switch-model/handler.ts';
import { FUNCTION, MACHINE, ROLE } from './stepfunctions-cloud.ts';

const JOB = 'arn:aws:states:::bedrock:createModelCustomizationJob.sync';
const CURRENT = 'playbook/investigator';
const TUNED = 'arn:aws:bedrock:us-east-1:000000000000:custom-model/amazon.nova-lite-v1:0/tuned';
const SUBSCRIBER = '436601012345';
const DEFINITION = readFileSync(
  new URL('../../statemachines/model-tuning.asl.json', import.meta.url),
  'utf8',
);

let stores: TestStores;
let cloud: LocalCloud | undefined;
const jobs: Record<string, unknown>[] = [];
beforeEach(async () => {
  stores = await openTestStores();
  jobs.length = 0;
});
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
  await stores.dispose();
});

/** Decided cases, all with the same right cause. */
async function judge(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const finding = aFinding({ findingId: `f-${String(n).padStart(16, '0')}` });
    const { case: opened } = await stores.cases.openCase(finding, 'system');
    const { caseId } = opened;
    const evidenceId = `ev-${String(n).padStart(12, '0')}`;
    const content = {
      changes: [{ changeId: 'CHG-7', kind: 'tariff-load', system: 'ocs-2' }],
      line: SUBSCRIBER,
    };
    await stores.cases.saveEvidence([someEvidence(caseId, { evidenceId, content })]);
    await stores.cases.saveProposal(
      aProposal(caseId, {
        proposalId: `p-${String(n).padStart(12, '0')}`,
        hypotheses: [],
        explanation: { claims: [], removed: [] },
        adjustments: { count: 0, total: { minor: '0', asset: 'EUR/6' }, file: 'x', sha256: 'a'.repeat(64) },
      }),
    );
    await stores.cases.changeCase(caseId, event('proposal-made', 'investigating'), {});
    const right = { cause: 'right', actualCause: null, actualChangeId: null, falsePositive: false } as const;
    await recordVerdict({ ...right, amount: null, note: '', caseId, by: 'anna' }, stores);
  }
}

/** Runs the machine; `tunedRight` says for the n-th held-back case whether the tuned model answers rightly. */
async function tune(
  tunedRight: (n: number) => boolean,
  currentRight: (n: number) => boolean = (n) => n % 2 === 0,
) {
  const asked = new Map<string, number>();
  const chat = {
    answer: async ({ modelId, user }: { modelId: string; user: string }) => {
      const n = asked.get(modelId) ?? 0;
      asked.set(modelId, n + 1);
      expect(user).not.toContain(SUBSCRIBER);
      const right = modelId === TUNED ? tunedRight(n) : currentRight(n);
      const answer = {
        causeFound: right,
        cause: right ? 'A price is missing on ocs-2' : 'cause not found',
        changeId: right ? 'CHG-7' : null,
        hypotheses: [],
        claims: [],
        remedy: 'rebill-adjustment',
        ticket: { name: 'Zero-rated voice on ocs-2', description: 'Load the price list again' },
        answeredBy: 'investigator',
      };
      return JSON.stringify(answer);
    },
  };
  const context = {
    awsRequestId: '1',
    functionName: 'f',
    memoryLimitInMB: '1024',
    invokedFunctionArn: FUNCTION,
  };
  // The client has to exist before the cloud does, which knows its own address only once it listens.
  const late: { models?: BedrockAgentModels } = {};
  const models = {
    current: async (name: string) => (await late.models?.current(name)) ?? '',
    use: async (name: string, modelId: string) => late.models?.use(name, modelId),
  };
  const handlers = {
    'export-tuning-records': exportTuningRecords({
      ...stores,
      instructions: new Map(AGENTS.map(({ name, instruction }) => [name, instruction])),
      tokenise: (text) => text.replaceAll(SUBSCRIBER, 'SUB-1'),
    }),
    'evaluate-model': evaluateModel({ ...stores, chat }),
    'switch-model': switchModel({ models }),
  };
  const names = Object.keys(handlers) as (keyof typeof handlers)[];
  const tasks = Object.fromEntries(
    names.map((name) => [
      FUNCTION + name,
      (payload: unknown) =>
        (handlers[name] as (event: unknown, context: unknown) => unknown)(payload, context),
    ]),
  );
  cloud = await startLocalCloud({
    port: 0,
    clock: 'virtual',
    models: Object.fromEntries(
      [...AGENTS.map((agent) => agent.foundationModel), TUNED].map((id) => [
        id,
        scriptedModel(id, () => ({ kind: 'text', text: '' })),
      ]),
    ),
    tasks: {
      ...tasks,
      ...Object.fromEntries(
        AGENTS.flatMap(({ tools }) => tools.map(({ name }) => [FUNCTION + name, () => ({})])),
      ),
      [JOB]: (payload) => {
        jobs.push(payload as Record<string, unknown>);
        return { Status: 'COMPLETED', OutputModelArn: TUNED, OutputModelName: 'tuned' };
      },
    },
  });
  const config = {
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const control = new BedrockAgentClient(config);
  await registerAgents(control, AGENTS, {
    roleArn: ROLE,
    lambdaArn: (tool) => FUNCTION + tool,
    wait: async () => {},
  });
  late.models = new BedrockAgentModels(control, async () => {});
  const sfn = new SFNClient(config);
  const definition = substituteDefinition(DEFINITION, {
    ExportTuningRecordsFunctionArn: `${FUNCTION}export-tuning-records`,
    EvaluateModelFunctionArn: `${FUNCTION}evaluate-model`,
    SwitchModelFunctionArn: `${FUNCTION}switch-model`,
    ModelCustomizationRoleArn: ROLE,
    RunsBucketName: 'runs',
  });
  await sfn.send(new CreateStateMachineCommand({ name: 'model-tuning', roleArn: ROLE, definition }));
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: `${MACHINE}model-tuning`,
      input: JSON.stringify({
        agentName: 'investigator',
        currentModelId: CURRENT,
        baseModelId: 'amazon.nova-lite-v1:0',
      }),
    }),
  );
  const output = await ended(sfn, executionArn ?? '');
  return { output, model: await late.models.current('investigator'), control };
}

async function ended(sfn: SFNClient, executionArn: string): Promise<Record<string, unknown>> {
  for (;;) {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status === 'SUCCEEDED') return JSON.parse(execution.output ?? '{}');
    if (execution.status !== 'RUNNING')
      throw new Error(`${execution.status}: ${execution.error} ${execution.cause}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a tuned model that is worse in nothing answers from then on, and a restart leaves it in place', async () => {
  await judge(150);
  const { output, model, control } = await tune(() => true);
  expect(output).toMatchObject({ switched: true, modelId: TUNED });
  expect(model).toBe(TUNED);
  expect(jobs).toEqual([
    expect.objectContaining({
      BaseModelIdentifier: 'amazon.nova-lite-v1:0',
      TrainingDataConfig: {
        S3Uri: expect.stringMatching(/^s3:\/\/runs\/learning\/[0-9a-f]{12}\/training\.jsonl$/),
      },
    }),
  ]);
  const key = String((jobs[0]?.TrainingDataConfig as { S3Uri: string } | undefined)?.S3Uri).replace(
    's3://runs/',
    '',
  );
  const training = await stores.runs.readText(key);
  expect(training).not.toContain(SUBSCRIBER);
  expect(textOf(JSON.parse(training.split('\n')[0] ?? ''), 'user')).toContain('SUB-1');
  const again = await registerAgents(control, AGENTS, {
    roleArn: ROLE,
    lambdaArn: (tool) => FUNCTION + tool,
    wait: async () => {},
  });
  expect(again.map(({ change }) => change)).toEqual(AGENTS.map(() => 'unchanged'));
  expect(await new BedrockAgentModels(control, async () => {}).current('investigator')).toBe(TUNED);
}, 30_000);

test('one that gets a single cause less right does not', async () => {
  await judge(150);
  const { output, model } = await tune(
    (n) => n > 0,
    () => true,
  );
  expect(output).toMatchObject({
    switched: false,
    modelId: CURRENT,
    why: expect.stringMatching(/causes right, before/),
  });
  expect(model).toBe(CURRENT);
  expect(jobs).toHaveLength(1);
}, 30_000);

test('with too few records nothing is trained', async () => {
  await judge(20);
  const { output, model } = await tune(() => true);
  expect(output).toMatchObject({
    switched: false,
    why: expect.stringMatching(/^too few records: \d+ to train on/),
  });
  expect([model, jobs.length]).toEqual([CURRENT, 0]);
}, 30_000);
