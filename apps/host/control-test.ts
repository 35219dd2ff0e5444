import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import type { Control } from '#core/controls/control.ts';
import { allControls, referenceOf, setWorkspaceControls } from '#core/controls/registry.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { ControlOutcome } from '#core/domain/outcome.ts';
import { addDays, type Day, monthOf } from '#core/domain/period.ts';
import { type PartitionPlan, runKey } from '#core/domain/run.ts';
import type { Violation } from '#core/domain/violation.ts';
import { mergeRun } from '#core/reconcile/merge-run.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { loadWorkspaceControls, readControls } from './controls.ts';
import { listRuns, type Stores } from './stores.ts';

/** What a control found in one period. */
export interface TestedPeriod {
  readonly period: string;
  readonly outcome: ControlOutcome;
  readonly reasons: readonly string[];
  readonly violations: number;
  /** Decimal strings. */
  readonly underCharged: string;
  readonly overCharged: string;
  readonly seconds: number;
}

/** A violation with its sentence. */
export interface ExplainedViolation {
  readonly violation: Violation;
  readonly sentence: string;
}

/** A case whose records the control would report again. */
export interface DuplicatedCase {
  readonly caseId: string;
  readonly controlId: string;
  readonly status: string;
  readonly title: string;
  /** Violations of the tested control that name a record which this case has. */
  readonly violations: number;
  /** Their money, absolute. */
  readonly amount: string;
  /** Orders that were sent for the case. */
  readonly orders: number;
}

/** A dry run of one control. */
export interface ControlTest {
  readonly control: Control;
  readonly currency: string;
  readonly periods: readonly TestedPeriod[];
  readonly violations: number;
  readonly underCharged: string;
  readonly overCharged: string;
  readonly largest: readonly ExplainedViolation[];
  readonly duplicates: readonly DuplicatedCase[];
  readonly seconds: number;
}

const LARGEST = 10;

/**
 * The control to test: the id of one in force, or a folder with one declaration and its SQL, which is put in force for
 * this process only, in place of the one with its id. Throws UnknownName, ControlInvalid.
 */
export async function controlToTest(stores: Stores, idOrFolder: string): Promise<Control> {
  const workspace = await loadWorkspaceControls(stores.home, stores);
  const known = allControls().find(({ id }) => id.toLowerCase() === idOrFolder.toLowerCase());
  if (known !== undefined) return known;
  const found = await readControls(idOrFolder, stores.warehouse);
  const [control] = found;
  if (control === undefined || found.length > 1) {
    throw new PlumblineError('UnknownName', {
      what: `"${idOrFolder}" is neither a control nor a folder with one`,
      why:
        found.length > 1 ? `it holds ${found.map(({ id }) => id).join(', ')}` : 'nothing is declared there',
      next: 'plumbline controls list',
    });
  }
  setWorkspaceControls([...workspace.filter(({ id }) => id !== control.id), control]);
  return control;
}

/**
 * Runs one control over the days from..to of the lake as it is, in a run store that is thrown away: no run, no case. A
 * control of days gives one line per day, one of months one per whole month that the days touch. Controls of sessions and
 * subscriptions run with those before them, because each takes its part of a gap.
 */
export async function testControl(
  stores: Stores,
  control: Control,
  range: { readonly from: Day; readonly to: Day },
  onPeriod: (period: string) => void,
): Promise<ControlTest> {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-control-test-'));
  const ports = { ...stores, runs: new LocalRunStore(folder) };
  const together = allControls().filter(
    ({ id, grain, rank }) =>
      id === control.id || (grain !== 'check' && grain === control.grain && rank < control.rank),
  );
  const periods: TestedPeriod[] = [];
  const found: Violation[] = [];
  let currency = 'XXX';
  try {
    for (const period of periodsOf(control, range)) {
      onPeriod(period);
      const before = performance.now();
      const controls = (control.grain === 'check' ? [control] : together).map(referenceOf);
      const plan = await planRun({ stateMachine: 'controls-test', period, controls }, ports);
      for (const partition of plan.partitions) await reconcilePartition(partition as PartitionPlan, ports);
      const { manifest } = await mergeRun(plan.runId, '0.00', ports);
      const own = manifest.controls.find(({ controlId }) => controlId === control.id);
      if (own === undefined) continue;
      if (manifest.currency !== 'XXX') currency = manifest.currency;
      found.push(...(await violationsOf(stores, ports.runs, plan.runId, control.id)));
      const { outcome, reasons, violations, underCharged, overCharged } = own;
      periods.push({
        period,
        outcome,
        reasons,
        violations,
        underCharged,
        overCharged,
        seconds: secondsSince(before),
      });
    }
    found.sort(largestFirst);
    return {
      control,
      currency,
      periods,
      violations: found.length,
      underCharged: sum(periods.map((one) => one.underCharged)),
      overCharged: sum(periods.map((one) => one.overCharged)),
      largest: found
        .slice(0, LARGEST)
        .map((violation) => ({ violation, sentence: control.explain(violation) })),
      duplicates: await duplicatesOf(stores, control, found),
      seconds: secondsSince(started),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function periodsOf(control: Control, { from, to }: { readonly from: Day; readonly to: Day }): string[] {
  const monthly = control.grain === 'subscription' || control.scope === 'month';
  const periods: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) periods.push(monthly ? monthOf(day) : day);
  return [...new Set(periods)];
}

async function violationsOf(
  { warehouse }: Stores,
  runs: LocalRunStore,
  runId: string,
  controlId: string,
): Promise<Violation[]> {
  const session = await warehouse.open();
  try {
    const rows = await session.query(
      'SELECT * FROM read_parquet($violations) WHERE control_id = $control ORDER BY abs(impact) DESC, key',
      { violations: await runs.localPath(runKey(runId, 'violations')), control: controlId },
    );
    return rows as unknown as Violation[];
  } finally {
    await session.close();
  }
}

/** Cases that have a record of these violations already, under another control or the same. */
async function duplicatesOf(
  stores: Stores,
  control: Control,
  found: readonly Violation[],
): Promise<DuplicatedCase[]> {
  const recordsOfKey = new Map<string, Violation[]>();
  for (const violation of found) {
    for (const record of recordsIn(violation)) {
      recordsOfKey.set(record, [...(recordsOfKey.get(record) ?? []), violation]);
    }
  }
  const shared = new Map<string, Set<Violation>>();
  for (const { runId } of await listRuns(stores)) {
    for (const row of await membersOf(stores, runId)) {
      for (const record of recordsIn(row as unknown as Violation)) {
        for (const violation of recordsOfKey.get(record) ?? []) {
          const findingId = String(row.finding_id);
          shared.set(findingId, (shared.get(findingId) ?? new Set()).add(violation));
        }
      }
    }
  }
  const duplicates: DuplicatedCase[] = [];
  for (const [findingId, violations] of shared) {
    const item = await stores.cases.caseOfFinding(findingId);
    if (item === undefined) continue;
    duplicates.push({
      caseId: item.caseId,
      controlId: (await stores.cases.findFinding(findingId))?.controlId ?? control.id,
      status: item.status,
      title: item.title,
      violations: violations.size,
      amount: sum([...violations].map(({ impact }) => impact.replace('-', ''))),
      orders: (await stores.outbox.list(item.caseId)).length,
    });
  }
  return duplicates.sort((a, b) => b.violations - a.violations || (a.caseId < b.caseId ? -1 : 1));
}

async function membersOf(stores: Stores, runId: string) {
  const session = await stores.warehouse.open();
  try {
    return await session.query(
      `SELECT m.finding_id, v.left_dataset, v.left_id, v.right_dataset, v.right_id
       FROM read_parquet($violations) v JOIN read_parquet($members) m USING (violation_id)`,
      {
        violations: await stores.runs.localPath(runKey(runId, 'violations')),
        members: await stores.runs.localPath(runKey(runId, 'members')),
      },
    );
  } finally {
    await session.close();
  }
}

/** The records that a violation is about: reference data, which many share, are none. */
function recordsIn(violation: Violation): string[] {
  const { left_dataset, left_id, right_dataset, right_id } = violation;
  return [
    [left_dataset, left_id],
    [right_dataset, right_id],
  ].flatMap(([dataset, id]) =>
    dataset === null || id === null || SHARED_BY_MANY.includes(String(dataset)) ? [] : [`${dataset} ${id}`],
  );
}

const SHARED_BY_MANY: readonly string[] = ['file_trailer', 'subscription', 'network_profile'];

function largestFirst(a: Violation, b: Violation): number {
  const size = ({ impact }: Violation) => BigInt(impact.replace(/[-.]/g, ''));
  const [x, y] = [size(a), size(b)];
  if (x !== y) return x > y ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

/** Exact sum of decimal strings with six decimals. */
function sum(amounts: readonly string[]): string {
  const micros = amounts.reduce((total, amount) => total + BigInt(amount.replace('.', '')), 0n);
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0');
  return `${micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
