import { controlsOf } from '#core/controls/registry.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { ControlResult } from '#core/domain/outcome.ts';
import type { LakeFile, PartitionPlan, PartitionResult } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { rowsOfFiles } from './load.ts';
import { dayOfFile } from './plan.ts';
import { reconcilePartition, writePartition } from './reconcile-partition.ts';
import { reasonNotToLook, runControls } from './run-controls.ts';
import { currencyOf } from './usage-day.ts';
import { countDay, judgeSessions, loadReferences, UNUSED_COLUMNS } from './usage-steps.ts';
import { CREATE_VIOLATION } from './violation-table.ts';

/** Event datasets whose rows are kept: a session is judged again from all of its rows. */
const KEPT = ['usage', 'rated', 'billed'] as const;

/** Tables made per session that are kept for the whole day, each with its key. */
const STATE: Readonly<Record<string, string>> = {
  session: 'correlation_id',
  usage_session: 'correlation_id',
  violation: 'key',
  claim: 'key',
};

/** What an update has done. */
export interface LiveUpdate {
  /** Sessions that were judged again. */
  readonly touched: number;
  /** True where everything had to be judged again: references, feeds or files changed under it. */
  readonly rebuilt: boolean;
  /** Violations of the day after it, and their signed sum. */
  readonly violations: number;
  readonly impact: string;
  readonly currency: string;
}

/**
 * One usage day that is kept reconciled while its files arrive. An update reads only the files that are new and
 * judges only the sessions that they touch; `write` writes what a batch reconciliation of the same files would,
 * byte for byte, whatever the order in which they came. Of what was there before, an update looks through the keys and
 * reads the rows of the sessions that it touches; nothing is written before `write`.
 */
export class LiveDay {
  readonly #session: WarehouseSession;
  readonly #ports: EnginePorts;
  #plan: PartitionPlan | undefined;
  #currency = '';
  /** True where rows are matched by what they say: any new one may change any match. */
  #foreign = false;
  /** Says what can be judged: when it changes, every session is judged again. */
  #basis = '';

  private constructor(session: WarehouseSession, ports: EnginePorts) {
    this.#session = session;
    this.#ports = ports;
  }

  static async open(ports: EnginePorts): Promise<LiveDay> {
    return new LiveDay(await ports.warehouse.open({ repeats: true }), ports);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** Takes in what the plan of the day has and the day did not. */
  async update(plan: PartitionPlan): Promise<LiveUpdate> {
    const known = new Set(this.#plan?.files.map(nameOf));
    const added = plan.files.filter((file) => !known.has(nameOf(file)));
    const rebuilt = this.#plan === undefined || !onlyEventsAdded(this.#plan, plan);
    // Until this update has come to its end, the next one must begin anew.
    this.#plan = undefined;
    if (rebuilt) await this.#begin(plan);
    await this.#take(plan, rebuilt ? plan.files : added, rebuilt);
    const before = this.#foreign;
    this.#foreign = await this.#hasForeign();
    const basis = basisOf(plan);
    const all = rebuilt || basis !== this.#basis || before || this.#foreign;
    if (all) await this.#wantAll();
    await this.#judge(plan);
    this.#basis = basis;
    this.#plan = plan;
    const [sums] = await this.#session.query(
      `SELECT count(*) AS violations, CAST(coalesce(sum(impact), 0) AS DECIMAL(18,6)) AS impact,
         (SELECT count(*) FROM wanted) AS touched FROM kept_violation`,
    );
    return {
      touched: Number(sums?.touched),
      rebuilt: all,
      violations: Number(sums?.violations),
      impact: String(sums?.impact),
      currency: this.#currency,
    };
  }

  /** Writes the partition as the batch does. Throws ConservationBroken when anything got lost. */
  async write(runId: string): Promise<PartitionResult> {
    const session = this.#session;
    if (this.#plan === undefined) throw new TypeError('nothing was taken in yet');
    const plan = { ...this.#plan, runId };
    if (this.#foreign) return reconcilePartition(plan, this.#ports);
    await session.run('CREATE OR REPLACE TEMP TABLE matched_record (dataset VARCHAR)');
    for (const name of [...KEPT, ...Object.keys(STATE)]) {
      await session.run(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM kept_${name}`);
    }
    const controls = await this.#outcomes(plan);
    await countDay(session, plan, this.#currency, this.#ports);
    return writePartition(session, plan, this.#ports, { currency: this.#currency, controls });
  }

  async #begin(plan: PartitionPlan): Promise<void> {
    const session = this.#session;
    await defineMoneyMacros(session, this.#ports.readSql);
    await loadReferences(session, plan.files, this.#ports);
    this.#currency = await currencyOf(session);
    for (const name of KEPT) {
      const columns = await rowsOfFiles(session, name, [], { without: UNUSED_COLUMNS[name] });
      await session.run(
        `DROP TABLE IF EXISTS kept_${name}; CREATE OR REPLACE TEMP TABLE kept_${name} ${columns}`,
      );
    }
    await session.run('CREATE OR REPLACE TEMP TABLE kept_foreign (key VARCHAR)');
    for (const name of Object.keys(STATE)) await session.run(`DROP TABLE IF EXISTS kept_${name}`);
    this.#basis = '';
    this.#foreign = false;
  }

  /**
   * Adds the rows of files to what is kept. `wanted` becomes the keys that they touch, `known` those of them that were
   * there before, and usage, rated and billed all rows of the wanted.
   */
  async #take(plan: PartitionPlan, files: readonly LakeFile[], first: boolean): Promise<void> {
    const session = this.#session;
    for (const name of KEPT) {
      await session.run(`CREATE OR REPLACE TEMP TABLE arrived_${name} AS FROM kept_${name} LIMIT 0`);
      const paths = await Promise.all(
        files
          .filter((file) => file.dataset === name && (name !== 'usage' || dayOfFile(file) === plan.dt))
          .map((file) => this.#ports.lake.localPath(file)),
      );
      if (paths.length === 0) continue;
      const rows = await rowsOfFiles(session, name, paths, { without: UNUSED_COLUMNS[name] });
      await session.run(`INSERT INTO arrived_${name} ${rows.slice('AS '.length)}`);
    }
    const keys = KEPT.map(
      (name) => `SELECT ${keyOf(name)} FROM arrived_${name} WHERE ${keyOf(name)} IS NOT NULL`,
    );
    await session.run(
      `CREATE OR REPLACE TEMP TABLE wanted AS SELECT key FROM (${keys.join(' UNION ')}) k(key);
       CREATE OR REPLACE TEMP TABLE known AS ${
         first
           ? 'FROM wanted LIMIT 0'
           : 'SELECT correlation_id AS key FROM kept_session WHERE correlation_id IN (SELECT key FROM wanted)'
       }`,
    );
    for (const name of KEPT) {
      // By their places: the rows of recent sessions stand together, and the rest is then not read at all.
      await session.run(
        `CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM arrived_${name} WHERE ${keyOf(name)} IS NOT NULL;
         INSERT INTO ${name} SELECT * FROM kept_${name} WHERE rowid IN (
           SELECT k.rowid FROM kept_${name} k WHERE ${keyOf(name)} IN (SELECT key FROM known));
         INSERT INTO kept_${name} SELECT * FROM arrived_${name}`,
      );
    }
  }

  /** Whether some row of the day carries its numbers and has no usage by its id. Looks at the wanted sessions only. */
  async #hasForeign(): Promise<boolean> {
    await this.#session.run(
      `DELETE FROM kept_foreign WHERE key IN (SELECT key FROM wanted);
       INSERT INTO kept_foreign
         SELECT correlation_id FROM rated WHERE a_number IS NOT NULL AND correlation_id NOT IN (SELECT correlation_id FROM usage)
         UNION SELECT ${keyOf('billed')} FROM billed WHERE a_number IS NOT NULL AND charge_type = 'usage'
           AND (correlation_id IS NULL OR correlation_id NOT IN (SELECT correlation_id FROM usage))`,
    );
    const [row] = await this.#session.query('SELECT count(*) AS n FROM kept_foreign');
    return Number(row?.n) > 0;
  }

  /** Makes every session of the day a wanted one. */
  async #wantAll(): Promise<void> {
    for (const name of KEPT) {
      await this.#session.run(
        `CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM kept_${name} WHERE ${keyOf(name)} IS NOT NULL`,
      );
    }
    const keys = KEPT.map((name) => `SELECT ${keyOf(name)} FROM ${name}`);
    await this.#session.run(
      `CREATE OR REPLACE TEMP TABLE wanted AS SELECT key FROM (${keys.join(' UNION ')}) k(key);
       CREATE OR REPLACE TEMP TABLE known AS SELECT key FROM wanted`,
    );
  }

  /** Judges the wanted sessions from all of their rows, and puts the outcome in the place of the old one. */
  async #judge(plan: PartitionPlan): Promise<void> {
    const session = this.#session;
    await judgeSessions(session, { missing: plan.missing, currency: this.#currency }, this.#ports);
    await session.run(CREATE_VIOLATION);
    await this.#run(plan);
    for (const [name, key] of Object.entries(STATE)) {
      await session.run(
        `CREATE TEMP TABLE IF NOT EXISTS kept_${name} AS SELECT * FROM ${name} WHERE false;
         DELETE FROM kept_${name} WHERE ${key} IN (SELECT key FROM known);
         INSERT INTO kept_${name} SELECT * FROM ${name}`,
      );
    }
  }

  #run(plan: PartitionPlan): Promise<ControlResult[]> {
    const context = { period: plan.period, currency: this.#currency, missing: plan.missing };
    return runControls(this.#session, ownControls(plan), context, this.#ports.readSql);
  }

  /** What each control says of the whole day. */
  async #outcomes(plan: PartitionPlan): Promise<ControlResult[]> {
    const rows = await this.#session.query(
      `SELECT control_id, count(*) AS violations, CAST(sum(impact) AS DECIMAL(18,6)) AS impact
       FROM violation GROUP BY control_id`,
    );
    return ownControls(plan).map((control) => {
      const reason = reasonNotToLook(control, plan.missing);
      const found = rows.find((row) => row.control_id === control.id);
      const violations = Number(found?.violations ?? 0);
      const base = { controlId: control.id, violations, impact: String(found?.impact ?? '0.000000') };
      if (reason !== null) return { ...base, outcome: 'inconclusive', reason };
      return { ...base, outcome: violations > 0 ? 'breach' : 'pass' };
    });
  }
}

function ownControls(plan: PartitionPlan) {
  return controlsOf(plan.controls).filter(({ grain }) => grain === 'record');
}

/** The session that a row belongs to; NULL for what is not of a session. Items without one stand for themselves. */
function keyOf(dataset: (typeof KEPT)[number]): string {
  if (dataset !== 'billed') return 'correlation_id';
  return `CASE WHEN charge_type = 'usage' THEN coalesce(correlation_id, 'item:' || bill_item_id)
    WHEN charge_type = 'adjustment' THEN correlation_id END`;
}

function nameOf(file: LakeFile): string {
  return `${file.dataset} ${file.path} ${file.sha256}`;
}

/** True where every file of the day is still there and only usage, rated, billed or trailers came to it. */
function onlyEventsAdded(before: PartitionPlan, now: PartitionPlan): boolean {
  const there = new Set(now.files.map(nameOf));
  if (!before.files.every((file) => there.has(nameOf(file)))) return false;
  if (before.controls.join() !== now.controls.join() || before.dt !== now.dt) return false;
  const known = new Set(before.files.map(nameOf));
  const events: readonly DatasetName[] = [...KEPT, 'file_trailer'];
  return now.files.every((file) => known.has(nameOf(file)) || events.includes(file.dataset));
}

/** Which feeds lack slots, and so which controls can look and which sessions can be judged. */
function basisOf(plan: PartitionPlan): string {
  return [...new Set(plan.missing.map(({ dataset }) => dataset))].sort().join();
}
