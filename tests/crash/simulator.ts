/** Runs a scenario through processes that crash at chosen journal writes, on one journal in memory. */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#local/clock.ts';
import { Journal, type JournalOptions } from '#local/stepfunctions/journal/store.ts';
import { createStepFunctions, type StepFunctions } from '#local/stepfunctions/service.ts';
import { type Script, World } from './world.ts';

export interface Scenario {
  readonly name: string;
  /** Definitions by machine name; the first one is started. */
  readonly machines: Readonly<Record<string, unknown>>;
  readonly input: unknown;
  readonly script: Script;
  /** The first execution is stopped by its caller once so many tasks wait for an answer. */
  readonly stopWhenWaiting?: number;
  readonly buckets?: Readonly<Record<string, string>>;
}

/** A crash just before or just after the n-th commit of a process (counted from 1). */
export interface Crash {
  readonly commit: number;
  readonly side: 'before' | 'after';
}

export type MakeJournal = (options: JournalOptions, db: DatabaseSync) => Journal;

export interface Observation {
  readonly violations: readonly string[];
  /** How every execution ended, masked; sorted. */
  readonly executions: readonly string[];
  readonly effects: readonly string[];
  /** Commits of the first process. */
  readonly commits: number;
}

class Crashed extends Error {}

const plainJournal: MakeJournal = (options, db) => new Journal(options, db);

/** Time passes when nothing else happens; a deadline of somebody outside passes a little later than a plain wait. */
function simulatedClock(): Clock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    alarm: (due, kind, fire) => {
      let cancelled = kind === 'running';
      let left = kind === 'callback' ? 12 : 2;
      const tick = () => {
        if (cancelled) return;
        left -= 1;
        if (left > 0) {
          setImmediate(tick);
          return;
        }
        now = Math.max(now, due);
        fire();
      };
      setImmediate(tick);
      return {
        cancel: () => {
          cancelled = true;
        },
      };
    },
  };
}

const ROLE = 'arn:aws:iam::000000000000:role/crash';
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:';
const IDLE_ROUNDS = 40;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Runs a scenario to its end. The n-th crash hits the n-th process; the last process runs undisturbed.
 * @param recorded a journal of another time to go on with, instead of an empty one.
 */
export async function simulate(
  scenario: Scenario,
  crashes: readonly Crash[],
  makeJournal: MakeJournal = plainJournal,
  recorded?: DatabaseSync,
): Promise<Observation> {
  const db = recorded ?? new DatabaseSync(':memory:');
  const world = new World(scenario.script);
  if (recorded !== undefined) rememberAsked(recorded, world, scenario);
  const clock = simulatedClock();
  let commits = 0;
  for (let process = 0; process <= crashes.length; process += 1) {
    const ran = await runProcess(
      db,
      world,
      clock,
      scenario,
      crashes[process],
      makeJournal,
      process === 0 && recorded === undefined,
    );
    if (process === 0) commits = ran.commits;
    if (!ran.crashed) break;
  }
  const observation = { ...observe(db, world), commits };
  if (recorded === undefined) db.close();
  return observation;
}

/** People were asked before the recording was made; they answer now. */
function rememberAsked(db: DatabaseSync, world: World, scenario: Scenario): void {
  for (const { body } of db.prepare('select body from threads').all() as { body: string }[]) {
    const { state, task } = JSON.parse(body) as {
      state: string;
      task?: { token: string; submitted?: boolean };
    };
    const answer = task?.submitted === true ? scenario.script(state, {}).answer : undefined;
    if (task !== undefined && answer !== undefined) world.unanswered.set(task.token, answer);
  }
}

/** The journal that one process leaves behind when it crashes. */
export async function journalAfter(scenario: Scenario, crash: Crash): Promise<DatabaseSync> {
  const db = new DatabaseSync(':memory:');
  await runProcess(db, new World(scenario.script), simulatedClock(), scenario, crash, plainJournal, true);
  return db;
}

async function runProcess(
  db: DatabaseSync,
  world: World,
  clock: Clock,
  scenario: Scenario,
  crash: Crash | undefined,
  makeJournal: MakeJournal,
  isFirst: boolean,
): Promise<{ crashed: boolean; commits: number }> {
  let counting = false;
  let commits = 0;
  let crashed = false;
  let sfn: StepFunctions | undefined;
  const dies = (side: Crash['side']) => {
    if (counting && crash?.commit === commits && crash.side === side) throw new Crashed();
  };
  const hooks = {
    beforeCommit: () => {
      if (counting) commits += 1;
      dies('before');
    },
    afterCommit: () => dies('after'),
    failed: (error: unknown) => {
      crashed = true;
      if (!(error instanceof Crashed)) world.violations.push(`the journal failed: ${String(error)}`);
      void sfn?.close();
    },
  };
  const journal = makeJournal({ hooks, group: false }, db);
  const tasks = new Proxy(
    {},
    {
      get: (_target, arn) => (/^arn:aws:(?:lambda|states:::bedrock):/.test(String(arn)) ? call : undefined),
    },
  );
  const call = (payload: unknown, context: Parameters<World['call']>[1]) =>
    crashed ? new Promise(() => {}) : world.call(payload, context);
  sfn = createStepFunctions({
    journal,
    clock,
    tasks,
    ...(scenario.buckets === undefined ? {} : { buckets: scenario.buckets }),
  });
  if (isFirst) await createMachines(sfn, scenario);
  world.beginProcess(openKeys(db));
  counting = true;
  sfn.resume();
  await drive(sfn, world, scenario, () => crashed);
  if (!crashed) {
    journal.flush();
    await sfn.close();
  }
  return { crashed, commits };
}

async function createMachines(sfn: StepFunctions, scenario: Scenario): Promise<void> {
  for (const [name, definition] of Object.entries(scenario.machines)) {
    await sfn.operations.CreateStateMachine?.({
      name,
      roleArn: ROLE,
      definition: JSON.stringify(definition),
    });
  }
}

/** Idempotency keys of the tasks that the journal holds as unfinished. */
function openKeys(db: DatabaseSync): Set<string> {
  const keys = new Set<string>();
  for (const { body } of db.prepare('select body from threads').all() as { body: string }[]) {
    const token = (JSON.parse(body) as { task?: { token: string } }).task?.token;
    if (token !== undefined) keys.add(createHash('sha256').update(token).digest('hex'));
  }
  return keys;
}

/** What a caller and the people outside do, until nothing happens any more. */
async function drive(
  sfn: StepFunctions,
  world: World,
  scenario: Scenario,
  crashed: () => boolean,
): Promise<void> {
  const { operations, context } = sfn;
  const [name = ''] = Object.keys(scenario.machines);
  const input = JSON.stringify(scenario.input);
  // A caller who got no answer starts again under the same name.
  void Promise.resolve(
    operations.StartExecution?.({ stateMachineArn: MACHINE + name, name: 'one', input }),
  ).catch(() => {});
  let idle = 0;
  let seen = -1;
  while (idle < IDLE_ROUNDS && !crashed()) {
    if (waiting(sfn) >= (scenario.stopWhenWaiting ?? Number.POSITIVE_INFINITY)) {
      const executionArn = `${MACHINE.replace(':stateMachine:', ':execution:')}${name}:one`;
      void Promise.resolve(operations.StopExecution?.({ executionArn, error: 'Stopped' })).catch(() => {});
    }
    for (const [token, answer] of [...world.unanswered]) {
      const send = async () =>
        operations.SendTaskSuccess?.({ taskToken: token, output: JSON.stringify(answer) });
      send().then(
        () => world.unanswered.delete(token),
        () => world.unanswered.delete(token),
      );
    }
    await turn();
    const { commits } = context.engine.journal;
    idle = commits === seen && !context.engine.busy && world.unanswered.size === 0 ? idle + 1 : 0;
    seen = commits;
  }
}

/** Number of tasks that were accepted and wait, or waited, for an answer. */
function waiting(sfn: StepFunctions): number {
  const sql = "select count(*) as n from history where type = 'TaskSubmitted'";
  return sfn.context.engine.journal.get<{ n: number }>(sql)?.n ?? 0;
}

interface ExecutionRow {
  readonly id: number;
  readonly arn: string;
  readonly status: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly item_index: number | null;
}

interface EventRow {
  readonly id: number;
  readonly previous: number;
  readonly type: string;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function observe(db: DatabaseSync, world: World): Omit<Observation, 'commits'> {
  const violations = [...world.violations];
  const rows = db.prepare('select * from executions order by id').all() as unknown as ExecutionRow[];
  const executions = rows.map((row) => {
    const sql = 'select id, previous, type from history where execution = ? order by id';
    const events = db.prepare(sql).all(row.id) as unknown as EventRow[];
    violations.push(...historyFaults(row, events));
    const types = events.map((event) => event.type).sort();
    return [row.arn, row.item_index, row.status, row.output, row.error, row.cause, types.join()]
      .join('|')
      .replace(UUID, '<uuid>');
  });
  const runs = db
    .prepare('select arn, status, total, succeeded, failed, aborted from map_runs')
    .all()
    .map((row) => Object.values(row).join('|').replace(UUID, '<uuid>'));
  return { violations, executions: [...executions, ...runs].sort(), effects: [...world.effects].sort() };
}

const ENDS: Readonly<Record<string, string>> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};

function historyFaults(row: ExecutionRow, events: readonly EventRow[]): string[] {
  const faults: string[] = [];
  for (const [index, event] of events.entries()) {
    if (event.id !== index + 1) faults.push(`${row.arn}: event ${event.id} stands at ${index + 1}`);
    if (event.previous >= event.id) faults.push(`${row.arn}: event ${event.id} follows ${event.previous}`);
  }
  if (events[0]?.type !== 'ExecutionStarted')
    faults.push(`${row.arn}: history does not begin with ExecutionStarted`);
  if (ENDS[row.status] !== events.at(-1)?.type)
    faults.push(`${row.arn}: ${row.status} but last ${events.at(-1)?.type}`);
  return faults;
}

/** Everything in which a run with crashes differs from the run without. */
export function differences(run: Observation, baseline: Observation): string[] {
  const found = [...run.violations];
  if (JSON.stringify(run.executions) !== JSON.stringify(baseline.executions)) {
    found.push(
      `executions differ:\n${run.executions.join('\n')}\nwithout crash:\n${baseline.executions.join('\n')}`,
    );
  }
  if (JSON.stringify(run.effects) !== JSON.stringify(baseline.effects)) {
    found.push(`effects differ:\n${run.effects.join('\n')}\nwithout crash:\n${baseline.effects.join('\n')}`);
  }
  return found;
}
