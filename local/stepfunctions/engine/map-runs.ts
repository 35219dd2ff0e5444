/** Runs the children of distributed Maps: reads the items, starts executions, counts failures, gathers results. */
import type { MapState } from '../definition/model.ts';
import { EvaluationError, type Failure, StateFailure, StatesError } from '../errors.ts';
import { type BucketFolders, ItemReaderError, readItems } from '../integrations/item-reader.ts';
import { resultsOf, writeResults } from '../integrations/result-writer.ts';
import type { Write } from '../journal/store.ts';
import { type MapRunOutcome, type MapRunPlan, mapRunEnded } from '../states/map-distributed.ts';
import { selectItem } from '../states/map-fields.ts';
import { batchItems } from './batches.ts';
import type { Engine } from './engine.ts';
import { attempt } from './leave.ts';
import { type ActiveRun, childOf, exceedsTolerance, type MapRunRow } from './map-run.ts';
import { Quota } from './quotas.ts';
import { begin, type ExecutionIds } from './start.ts';
import { Step } from './step.ts';
import { type Execution, ExecutionStatus } from './types.ts';

const SLICE = 1_000;

export class MapRuns {
  readonly #engine: Engine;
  readonly #ids: ExecutionIds;
  readonly #buckets: BucketFolders;
  readonly #active = new Map<string, ActiveRun>();

  constructor(engine: Engine, ids: ExecutionIds, buckets: BucketFolders) {
    this.#engine = engine;
    this.#ids = ids;
    this.#buckets = buckets;
  }

  row(arn: string): MapRunRow | undefined {
    return this.#engine.journal.get<MapRunRow>('select * from map_runs where arn = ?', arn);
  }

  /** Starts a map run, or takes it up again after a restart. */
  start(arn: string): void {
    if (this.#active.has(arn)) return;
    const row = this.row(arn);
    if (row === undefined || row.stopped !== null) return;
    const plan = JSON.parse(row.body) as MapRunPlan;
    const run: ActiveRun = {
      arn,
      plan,
      parent: { execution: row.execution, thread: row.thread },
      limit: plan.maxConcurrency === 0 ? Quota.distributedConcurrency : plan.maxConcurrency,
      total: row.total,
      running: 0,
      ended: row.succeeded + row.failed + row.aborted + row.timed_out,
      failures: row.failed + row.timed_out,
      queue: [],
      lastQueued: 0,
      over: false,
    };
    this.#active.set(arn, run);
    if (row.status === 'READING') {
      void this.#read(run);
      return;
    }
    const counted = this.#engine.journal.get<{ running: number }>(
      "select count(*) as running from executions where map_run = ? and status = 'RUNNING'",
      arn,
    );
    run.running = counted?.running ?? 0;
    this.#check(run);
  }

  async #read(run: ActiveRun): Promise<void> {
    const done = this.#engine.begin();
    try {
      if (run.plan.maxItems !== undefined && run.plan.maxItems < 1) {
        throw new ItemReaderError('field MaxItems must be positive');
      }
      const items = run.plan.items ?? (await readItems(this.#buckets, run.plan));
      if (this.#engine.closed || run.over) return;
      this.#plant(run, run.plan.maxItems === undefined ? items : items.slice(0, run.plan.maxItems));
    } catch (thrown) {
      if (this.#engine.closed) return;
      if (thrown instanceof ItemReaderError) {
        this.#finish(run, { error: StatesError.ItemReaderFailed, cause: thrown.message });
      } else if (thrown instanceof EvaluationError || thrown instanceof StateFailure) {
        this.#refuse(run, thrown);
      } else {
        this.#finish(run, { error: StatesError.ItemReaderFailed, cause: String(thrown) });
      }
    } finally {
      done();
    }
  }

  /** An expression of ItemSelector failed: the state fails as if it had failed itself. */
  #refuse(run: ActiveRun, thrown: EvaluationError | StateFailure): void {
    this.#close(run, 'FAILED', (step, thread) => {
      step.event(thread, 'MapRunFailed', { mapRunFailedEventDetails: {} });
      thread.mapRun = undefined;
      attempt(step, thread, () => {
        throw thrown;
      });
    });
  }

  /** Writes one pending execution for each item or batch: from here on the work list is durable. */
  #plant(run: ActiveRun, items: readonly unknown[]): void {
    const loaded = this.#engine.load(run.parent.execution);
    const thread = loaded?.execution.threads.get(run.parent.thread);
    if (loaded === undefined || thread === undefined) return;
    const parent = loaded.execution;
    const machine = this.#engine.machine(parent.definition);
    const state = machine.states.get(thread.state) as MapState;
    const reader = new Step(parent, machine, this.#engine.environment, loaded.children);
    const selected = items.map((item, index) => selectItem(reader, thread, state, index, item));
    const inputs = run.plan.batch === undefined ? selected : batchItems(selected, run.plan.batch);
    const writes: Write[] = inputs.map((input, index) =>
      childOf(this.#engine, this.#ids, run, parent, thread.state, state, input, index),
    );
    run.total = inputs.length;
    writes.push({
      sql: "update map_runs set status = 'RUNNING', total = ? where arn = ?",
      values: [inputs.length, run.arn],
    });
    this.#engine.journal.append({ writes, durable: () => this.#check(run) });
  }

  /** A child of a map run ended. */
  childEnded(execution: Execution): void {
    const run = execution.mapRun === undefined ? undefined : this.#active.get(execution.mapRun);
    if (run === undefined || run.over) return;
    run.running -= 1;
    run.ended += 1;
    if (execution.status !== ExecutionStatus.Succeeded) run.failures += 1;
    this.#check(run);
  }

  #check(run: ActiveRun): void {
    if (run.over || this.#engine.closed) return;
    if (exceedsTolerance(run)) {
      const cause = 'The specified tolerated failure threshold was exceeded';
      this.#finish(run, { error: StatesError.ExceedToleratedFailureThreshold, cause });
      return;
    }
    if (run.ended >= run.total) {
      void this.#gather(run);
      return;
    }
    while (run.running < run.limit) {
      const id = this.#next(run);
      if (id === undefined) return;
      const loaded = this.#engine.load(id);
      if (loaded?.execution.status !== ExecutionStatus.Pending) continue;
      run.running += 1;
      this.#engine.step(loaded, begin);
    }
  }

  #next(run: ActiveRun): number | undefined {
    if (run.queue.length === 0) {
      const sql =
        "select id from executions where map_run = ? and status = 'PENDING' and id > ? order by id limit ?";
      const rows = this.#engine.journal.all<{ id: number }>(sql, run.arn, run.lastQueued, SLICE);
      run.queue = rows.map((row) => row.id);
      run.lastQueued = run.queue.at(-1) ?? run.lastQueued;
      run.queue.reverse();
    }
    return run.queue.pop();
  }

  async #gather(run: ActiveRun): Promise<void> {
    run.over = true;
    const done = this.#engine.begin();
    try {
      const { writer } = run.plan;
      const result =
        writer === undefined
          ? run.plan.shaped === true
            ? resultsOf(this.#engine.journal, run.arn, run.plan.transformation)
            : await this.#results(run)
          : await writeResults(this.#engine.journal, this.#buckets, run.arn, run.plan, writer);
      if (!this.#engine.closed) this.#finish(run, undefined, { kind: 'succeeded', result });
    } catch (thrown) {
      const cause = thrown instanceof Error ? thrown.message : String(thrown);
      if (!this.#engine.closed) this.#finish(run, { error: StatesError.ResultWriterFailed, cause });
    } finally {
      done();
    }
  }

  /** Outputs of the children that succeeded, in the order of the items. */
  async #results(run: ActiveRun): Promise<unknown[]> {
    const sql =
      "select output from executions where map_run = ? and status = 'SUCCEEDED' order by item_index";
    return this.#engine.journal
      .all<{ output: string }>(sql, run.arn)
      .map((row) => JSON.parse(row.output) as unknown);
  }

  #finish(run: ActiveRun, failure: Failure | undefined, success?: MapRunOutcome): void {
    const outcome: MapRunOutcome = success ?? { kind: 'failed', failure: failure ?? {} };
    if (failure !== undefined) {
      run.over = true;
      this.#abortChildren(run.arn);
    }
    this.#close(run, failure === undefined ? 'SUCCEEDED' : 'FAILED', (step, thread, state) =>
      attempt(step, thread, () => mapRunEnded(step, thread, state, outcome)),
    );
  }

  #close(
    run: ActiveRun,
    status: string,
    act: (step: Step, thread: Parameters<typeof mapRunEnded>[1], state: MapState) => void,
  ): void {
    run.over = true;
    this.#active.delete(run.arn);
    const loaded = this.#engine.load(run.parent.execution);
    if (loaded?.execution.status !== ExecutionStatus.Running) return;
    this.#engine.step(loaded, (step) => {
      const thread = step.execution.threads.get(run.parent.thread);
      if (thread?.mapRun !== run.arn) return;
      const values = [status, step.now, run.arn];
      step.writes.push({ sql: 'update map_runs set status = ?, stopped = ? where arn = ?', values });
      act(step, thread, step.state(thread) as MapState);
    });
  }

  /** Stops what still runs and drops what was not started. */
  #abortChildren(arn: string): void {
    // Children that were begun but not committed yet must be seen as running.
    this.#engine.journal.flush();
    this.#engine.journal.append({
      writes: [
        {
          sql: "update map_runs set aborted = aborted + (select count(*) from executions where map_run = ? and status = 'PENDING') where arn = ?",
          values: [arn, arn],
        },
        {
          sql: "update executions set status = 'ABORTED', stopped = ? where map_run = ? and status = 'PENDING'",
          values: [this.#engine.clock.now(), arn],
        },
      ],
      durable: () => {},
    });
    const sql = "select id from executions where map_run = ? and status = 'RUNNING'";
    for (const { id } of this.#engine.journal.all<{ id: number }>(sql, arn)) {
      const loaded = this.#engine.load(id);
      if (loaded?.execution.status === ExecutionStatus.Running) this.#engine.stop(loaded, {});
    }
  }

  /** Ends map runs whose Map went away in a process that died before it could end them. */
  sweep(): void {
    const sql = 'select arn, execution, thread from map_runs where stopped is null';
    const rows = this.#engine.journal.all<Pick<MapRunRow, 'arn' | 'execution' | 'thread'>>(sql);
    for (const { arn, execution, thread } of rows) {
      const parent = this.#engine.load(execution)?.execution;
      const waits = parent?.status === ExecutionStatus.Running && parent.threads.get(thread)?.mapRun === arn;
      if (!waits) this.abort(arn);
    }
  }

  /** The execution that waits for a map run was stopped or failed elsewhere. */
  abort(arn: string): void {
    const run = this.#active.get(arn);
    const row = this.row(arn);
    if (row === undefined || row.stopped !== null) return;
    this.#active.delete(arn);
    if (run !== undefined) run.over = true;
    this.#abortChildren(arn);
    this.#engine.journal.append({
      writes: [
        {
          sql: "update map_runs set status = 'ABORTED', stopped = ? where arn = ? and stopped is null",
          values: [this.#engine.clock.now(), arn],
        },
      ],
      durable: () => {},
    });
  }
}
