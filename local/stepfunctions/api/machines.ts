/** Create, update, describe, list, delete and validate state machines. */
import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import { invalidDefinitionMessage } from '../definition/diagnostics.ts';
import { MAX_DEFINITION_BYTES, validateDefinition } from '../definition/validate.ts';
import type { MachineRow } from '../engine/start.ts';
import { type ApiContext, commit, findMachine, machineRow, type Operations } from './context.ts';
import { checkArn, checkName, epochSeconds, nextToken, optional, pageOf, required } from './input.ts';
import { checkTags } from './tags.ts';

/** What of a machine is stored and given back as it came. */
export interface MachineBody {
  readonly roleArn: string;
  readonly type: string;
  readonly loggingConfiguration: unknown;
  readonly tracingConfiguration: unknown;
  readonly description?: string;
}

export function machineOperations(context: ApiContext): Operations {
  return {
    CreateStateMachine: (input) => create(context, input),
    UpdateStateMachine: (input) => update(context, input),
    DescribeStateMachine: (input) => describe(context, input),
    DescribeStateMachineForExecution: (input) => describeForExecution(context, input),
    ListStateMachines: (input) => list(context, input),
    DeleteStateMachine: (input) => remove(context, input),
    ValidateStateMachineDefinition: (input) => validate(context, input),
  };
}

function accepted(context: ApiContext, text: string): string {
  if (Buffer.byteLength(text, 'utf8') > MAX_DEFINITION_BYTES) {
    throw new AwsError(
      'InvalidDefinition',
      `Invalid State Machine Definition: 'DEFINITION_TOO_LARGE: over ${MAX_DEFINITION_BYTES} bytes'`,
    );
  }
  const { diagnostics } = validateDefinition(text, context.canRun);
  if (diagnostics.errors.length > 0) {
    throw new AwsError('InvalidDefinition', invalidDefinitionMessage(diagnostics.errors));
  }
  return text;
}

function bodyOf(input: JsonObject, old?: MachineBody): MachineBody {
  const type = optional(input, 'type') ?? 'STANDARD';
  if (type !== 'STANDARD') {
    throw new AwsError(
      'StateMachineTypeNotSupported',
      `This runtime runs STANDARD state machines, not ${type}.`,
    );
  }
  return {
    roleArn: optional(input, 'roleArn', 256) ?? old?.roleArn ?? required(input, 'roleArn'),
    type: 'STANDARD',
    loggingConfiguration: input.loggingConfiguration ??
      old?.loggingConfiguration ?? { includeExecutionData: false, level: 'OFF' },
    tracingConfiguration: input.tracingConfiguration ?? old?.tracingConfiguration ?? { enabled: false },
  };
}

/** Id of a definition text; the same text is stored once. */
function definitionId(context: ApiContext, text: string): number {
  const { journal } = context.engine;
  const hash = createHash('sha256').update(text).digest('hex');
  journal.flush();
  journal.statement('insert or ignore into definitions (hash, text) values (?, ?)').run(hash, text);
  return (journal.get<{ id: number }>('select id from definitions where hash = ?', hash) as { id: number })
    .id;
}

async function create(context: ApiContext, input: JsonObject): Promise<unknown> {
  const name = checkName(required(input, 'name'));
  const text = accepted(context, required(input, 'definition'));
  const body = bodyOf(input);
  if (input.publish === true)
    throw new AwsError('ValidationException', 'Versions are not supported by this runtime.');
  const { region, account } = context.engine.environment;
  const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
  const definition = definitionId(context, text);
  const old = findMachine(context, arn);
  if (old !== undefined) {
    if (old.definition === definition && old.body === JSON.stringify(body)) {
      return { stateMachineArn: arn, creationDate: epochSeconds(old.created) };
    }
    throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  }
  const now = context.engine.clock.now();
  const tags = checkTags(input.tags ?? []);
  await commit(
    context,
    {
      sql: 'insert into machines (arn, name, body, definition, created, updated, revision) values (?, ?, ?, ?, ?, ?, ?)',
      values: [arn, name, JSON.stringify(body), definition, now, now, 'INITIAL'],
    },
    ...tags.map(({ key, value }) => ({
      sql: 'insert or replace into tags (arn, key, value) values (?, ?, ?)',
      values: [arn, String(key), String(value ?? '')],
    })),
  );
  return { stateMachineArn: arn, creationDate: epochSeconds(now) };
}

async function update(context: ApiContext, input: JsonObject): Promise<unknown> {
  const arn = checkArn(required(input, 'stateMachineArn', 256), ['stateMachine']);
  const row = machineRow(context, arn);
  const text = optional(input, 'definition');
  if (
    text === undefined &&
    input.roleArn === undefined &&
    input.loggingConfiguration === undefined &&
    input.tracingConfiguration === undefined
  ) {
    throw new AwsError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    );
  }
  const definition = text === undefined ? row.definition : definitionId(context, accepted(context, text));
  const body = bodyOf(input, JSON.parse(row.body) as MachineBody);
  const now = context.engine.clock.now();
  const revision = randomUUID();
  await commit(context, {
    sql: 'update machines set body = ?, definition = ?, updated = ?, revision = ? where arn = ?',
    values: [JSON.stringify(body), definition, now, revision, arn],
  });
  return { updateDate: epochSeconds(now), revisionId: revision };
}

function describe(context: ApiContext, input: JsonObject): unknown {
  const arn = checkArn(required(input, 'stateMachineArn', 256), ['stateMachine']);
  return described(context, machineRow(context, arn));
}

function described(context: ApiContext, row: MachineRow): Record<string, unknown> {
  const body = JSON.parse(row.body) as MachineBody;
  return {
    stateMachineArn: row.arn,
    name: row.name,
    status: 'ACTIVE',
    definition: definitionText(context, row.definition),
    creationDate: epochSeconds(row.created),
    ...body,
    ...(row.revision === 'INITIAL' ? {} : { revisionId: row.revision }),
  };
}

function definitionText(context: ApiContext, id: number): string {
  return (
    context.engine.journal.get<{ text: string }>('select text from definitions where id = ?', id) as {
      text: string;
    }
  ).text;
}

function describeForExecution(context: ApiContext, input: JsonObject): unknown {
  const arn = checkArn(required(input, 'executionArn', 256), ['execution']);
  context.engine.journal.flush();
  const row = context.engine.journal.get<{ machine: string; definition: number; body: string }>(
    'select machine, definition, body from executions where arn = ?',
    arn,
  );
  if (row === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  const machine = findMachine(context, row.machine);
  const facts = JSON.parse(row.body) as { roleArn: string; machineName: string };
  return {
    stateMachineArn: row.machine,
    name: facts.machineName,
    definition: definitionText(context, row.definition),
    roleArn: facts.roleArn,
    updateDate: epochSeconds(machine?.updated ?? 0),
  };
}

function list(context: ApiContext, input: JsonObject): unknown {
  const { size, offset } = pageOf(input, 1_000);
  context.engine.journal.flush();
  const sql = 'select * from machines order by created, name limit ? offset ?';
  const rows = context.engine.journal.all<MachineRow>(sql, size + 1, offset);
  return {
    stateMachines: rows.slice(0, size).map((row) => ({
      stateMachineArn: row.arn,
      name: row.name,
      type: 'STANDARD',
      creationDate: epochSeconds(row.created),
    })),
    ...(rows.length > size ? { nextToken: nextToken(offset + size) } : {}),
  };
}

/** Deleting a machine stops its executions; deleting one that is not there succeeds, as on AWS. */
async function remove(context: ApiContext, input: JsonObject): Promise<unknown> {
  const arn = checkArn(required(input, 'stateMachineArn', 256), ['stateMachine']);
  context.engine.journal.flush();
  const sql = "select id from executions where machine = ? and map_run is null and status = 'RUNNING'";
  for (const { id } of context.engine.journal.all<{ id: number }>(sql, arn)) {
    const loaded = context.engine.load(id);
    if (loaded !== undefined) context.engine.stop(loaded, {});
  }
  await commit(
    context,
    { sql: 'delete from machines where arn = ?', values: [arn] },
    { sql: 'delete from tags where arn = ?', values: [arn] },
  );
  return {};
}

function validate(context: ApiContext, input: JsonObject): unknown {
  const { diagnostics } = validateDefinition(required(input, 'definition'), context.canRun);
  const asked = typeof input.maxResults === 'number' && input.maxResults > 0 ? input.maxResults : 100;
  const wanted = input.severity === 'WARNING' ? diagnostics.all : diagnostics.errors;
  return {
    result: diagnostics.errors.length > 0 ? 'FAIL' : 'OK',
    diagnostics: wanted.slice(0, asked),
    truncated: wanted.length > asked,
  };
}
