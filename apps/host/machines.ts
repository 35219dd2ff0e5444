import { readFile } from 'node:fs/promises';
import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  type SFNClient,
  StateMachineDoesNotExist,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { placeholders, substituteDefinition } from '#local/stepfunctions/definition/substitutions.ts';

/** The account and region that the embedded cloud puts into its ARNs. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

/** The bucket of run files, as state machines name it. */
export const RUNS_BUCKET = 'plumbline-runs';

/** Every state machine of the product; a machine that starts another one comes after it. */
export const STATE_MACHINES = ['remediation', 'investigation', 'usage-reconciliation'] as const;
export type StateMachineName = (typeof STATE_MACHINES)[number];

const ROLE_ARN = `arn:aws:iam::${LOCAL_ACCOUNT}:role/plumbline-local`;

/** ARN of a tool's function. */
export function functionArn(tool: string): string {
  return `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${tool}`;
}

/** ARN of a state machine. */
export function stateMachineArn(name: string): string {
  return `arn:aws:states:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stateMachine:${name}`;
}

/** The text of a definition with its `${…}` placeholders filled in, as a deployment does. Throws on an unknown one. */
export async function definitionOf(name: StateMachineName): Promise<string> {
  const text = await readFile(new URL(`../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
  const values = placeholders(text).map((placeholder) => [placeholder, substitution(placeholder)]);
  return substituteDefinition(text, Object.fromEntries(values));
}

/** Creates the state machines in the endpoint, or brings them up to date. */
export async function registerStateMachines(sfn: SFNClient): Promise<void> {
  for (const name of STATE_MACHINES) {
    const definition = await definitionOf(name);
    const current = await describe(sfn, stateMachineArn(name));
    if (current === undefined) {
      await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE_ARN }));
    } else if (current !== definition) {
      await sfn.send(new UpdateStateMachineCommand({ stateMachineArn: stateMachineArn(name), definition }));
    }
  }
}

async function describe(sfn: SFNClient, arn: string): Promise<string | undefined> {
  try {
    return (await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: arn }))).definition;
  } catch (error) {
    if (error instanceof StateMachineDoesNotExist) return undefined;
    throw error;
  }
}

function substitution(placeholder: string): string {
  if (placeholder === 'RunsBucketName') return RUNS_BUCKET;
  const machine = /^(\w+)StateMachineArn$/.exec(placeholder)?.[1];
  if (machine) return stateMachineArn(kebab(machine));
  const tool = /^(\w+)FunctionArn$/.exec(placeholder)?.[1];
  if (tool) return functionArn(kebab(tool));
  throw new RangeError(`No value for the placeholder \${${placeholder}}`);
}

function kebab(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
}
