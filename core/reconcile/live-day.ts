import { controlsOf } from '#core/controls/registry.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { ControlResult } from '#core/domain/outcome.ts';
import type { LakeFile, PartitionPlan, PartitionResult } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { loadDataset } from './load.ts';
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
 * byte for byte, whatever the order in which they came.
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
    return new LiveDay(await ports.warehouse.open(), ports);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** Takes in what the plan of the day has and the day did not. */
  async update(plan: PartitionPlan): Promise<LiveUpdate> {
    const known = new Set(this.#plan?.files.map(nameOf));
    const added = plan.files.filter((file) => !known.has(nameOf(file)));
    const rebuilt = this.#plan === undefined || !onlyEventsAdded(this.#plan, plan);
    if (rebuilt) await this.#begin(plan);
    const touched = await this.#keep(plan, rebuilt ? plan.files : added);
    const basis = basisOf(plan);
    const before = this.#foreign;
    this.#foreign = await this.#hasForeign();
    const all = rebuilt || basis !== this.#basis || before || this.#foreign;
    if (all)
      await this.#session.run('CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT key FROM kept_key');
    this.#plan = plan;
    this.#basis = basis;
    await this.#judge(plan);
    const [sums] = await this.#session.query(
      `SELECT count(*) AS violations, CAST(coalesce(sum(impact), 0) AS DECIMAL(18,6)) AS impact,
         (SELECT count(*) FROM wanted) AS touched FROM kept_violation`,
    );
    return {
      touched: all ? Number(sums?.touched) : touched,
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

  async #hasForeign(): Promise<boolean> {
    const [row] = await this.#session.query(
      `SELECT EXISTS (FROM kept_rated WHERE a_number IS NOT NULL AND correlation_id NOT IN (SELECT correlation_id FROM kept_usage))
         OR EXISTS (FROM kept_billed WHERE a_number IS NOT NULL AND charge_type = 'usage'
           AND (correlation_id IS NULL OR correlation_id NOT IN (SELECT correlation_id FROM kept_usage))) AS found`,
    );
    return row?.found === true;
  }

  async #begin(plan: PartitionPlan): Promise<void> {
    const session = this.#session;
    await defineMoneyMacros(session, this.#ports.readSql);
    await loadReferences(session, plan.files, this.#ports);
    this.#currency = await currencyOf(session);
    for (const name of KEPT) {
      await loadDataset(session, this.#ports.lake, name, [], { without: UNUSED_COLUMNS[name] });
      await session.run(`CREATE OR REPLACE TEMP TABLE kept_${name} AS SELECT * FROM ${name}`);
    }
    await session.run('CREATE OR REPLACE TEMP TABLE kept_key (key VARCHAR)');
    for (const name of Object.keys(STATE)) await session.run(`DROP TABLE IF EXISTS kept_${name}`);
    this.#basis = '';
    this.#foreign = false;
  }

  /** Adds the rows of files to what is kept; `wanted` becomes the keys that they touch. Returns how many these are. */
  async #keep(plan: PartitionPlan, files: readonly LakeFile[]): Promise<number> {
    const session = this.#session;
    await session.run('CREATE OR REPLACE TEMP TABLE wanted (key VARCHAR)');
    for (const name of KEPT) {
      const own = files.filter(
        (file) => file.dataset === name && (name !== 'usage' || dayOfFile(file) === plan.dt),
      );
      if (own.length === 0) continue;
      await loadDataset(session, this.#ports.lake, name, own, { without: UNUSED_COLUMNS[name] });
      await session.run(`INSERT INTO kept_${name} SELECT * FROM ${name};
        INSERT INTO wanted SELECT DISTINCT ${keyOf(name)} FROM ${name} WHERE ${keyOf(name)} IS NOT NULL`);
    }
    await session.run(`CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT key FROM wanted;
      INSERT INTO kept_key SELECT key FROM wanted ANTI JOIN kept_key USING (key)`);
    const [row] = await session.query('SELECT count(*) AS n FROM wanted');
    return Number(row?.n);
  }

  /** Judges the wanted sessions from all of their rows, and puts the outcome in the place of the old one. */
  async #judge(plan: PartitionPlan): Promise<void> {
    const session = this.#session;
    for (const name of KEPT) {
      await session.run(
        `CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM kept_${name} WHERE ${keyOf(name)} IN (SELECT key FROM wanted)`,
      );
    }
    await judgeSessions(session, { missing: plan.missing, currency: this.#currency }, this.#ports);
    await session.run(CREATE_VIOLATION);
    await this.#run(plan);
    for (const [name, key] of Object.entries(STATE)) {
      await session.run(
        `CREATE TEMP TABLE IF NOT EXISTS kept_${name} AS SELECT * FROM ${name} WHERE false;
         DELETE FROM kept_${name} WHERE ${key} IN (SELECT key FROM wanted);
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
