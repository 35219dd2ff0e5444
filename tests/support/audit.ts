import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { CONTROLS, controlOf } from '#core/controls/registry.ts';
import type { Conservation, Finding, RunManifest } from '#core/domain/run.ts';
import { runKey } from '#core/domain/run.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { mergeRun } from '#core/reconcile/merge-run.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { SMALL_OPERATOR } from './small-operator.ts';
import { TestLake, type TestLakeOptions, type TestWorld } from './test-lake.ts';

export interface AuditOptions extends TestLakeOptions {
  /** Default `2026-10-14`. */
  readonly period?: string;
  readonly threads?: number;
  readonly readSql?: ReadSql;
  /** Default: all but the checks. */
  readonly controls?: readonly string[];
  readonly materialFrom?: string;
}

/** The controls that share the money of sessions and subscriptions; checks are run where a test asks for them. */
const SESSIONS = CONTROLS.filter(({ grain }) => grain !== 'check').map(({ id }) => id);

/** What a whole run found. */
export interface Audit {
  readonly manifest: RunManifest;
  readonly findings: readonly Finding[];
  /** Rows of violations.parquet in order of control and key. */
  readonly violations: readonly WarehouseRow[];
  readonly members: readonly WarehouseRow[];
  readonly population: readonly WarehouseRow[];
  readonly conservation: Conservation;
  /** The ports it ran with; the lake is still there until `remove`. */
  readonly ports: EnginePorts;
  remove(): void;
}

/** Runs plan, partitions and merge over a small operator with the given rows, with the real warehouse and run store. */
export async function audit(rows: TestWorld, options: AuditOptions = {}): Promise<Audit> {
  const warehouse = new LocalWarehouse({ memoryLimitMb: 256, threads: options.threads ?? 1 });
  const lake = await TestLake.of(warehouse, { ...SMALL_OPERATOR, ...rows }, options);
  const home = mkdtempSync(join(tmpdir(), 'plumbline-test-run-'));
  const runs = new LocalRunStore(home);
  const ports: EnginePorts = { warehouse, lake, runs, readSql: options.readSql ?? readSqlFile };
  const remove = () => {
    lake.remove();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const { period = '2026-10-14', controls = SESSIONS } = options;
    const plan = await planRun({ stateMachine: 'test', period, controls }, ports);
    for (const partition of plan.partitions) await reconcilePartition(partition, ports);
    const { manifest, findings } = await mergeRun(plan.runId, options.materialFrom ?? '25.00', ports);
    const session = await warehouse.open();
    const read = async (file: 'violations' | 'members' | 'population', order: string) => {
      const path = await runs.localPath(runKey(plan.runId, file));
      return session.query(`SELECT * FROM read_parquet('${path}') ORDER BY ${order}`);
    };
    const violations = await read('violations', 'control_id, key');
    const members = await read('members', 'ALL');
    const population = await read('population', 'ALL');
    await session.close();
    return {
      manifest,
      findings,
      violations,
      members,
      population,
      conservation: manifest.conservation,
      ports,
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** `outcome` of a control and its violations as `symptom key impact`, for one row of an audit table. */
export async function auditControl(
  controlId: string,
  rows: TestWorld,
  options: AuditOptions = {},
): Promise<string[]> {
  const { grain, scope } = controlOf(controlId);
  // A check stands for itself; the controls of sessions and subscriptions share their gaps and run together.
  const alone: AuditOptions =
    grain === 'check' ? { controls: [controlId], period: scope === 'month' ? '2026-10' : '2026-10-14' } : {};
  const found = await audit(rows, { ...alone, ...options });
  found.remove();
  const outcome =
    found.manifest.controls.find((control) => control.controlId === controlId)?.outcome ?? 'not run';
  const own = found.violations.filter((row) => row.control_id === controlId);
  return [outcome, ...own.map((row) => `${row.symptom} ${row.key} ${row.impact}`)];
}

/** Reads SQL, but gives the text for files whose path ends so. */
export function readSqlWith(end: string, text: string): ReadSql {
  return async (url) => (url.pathname.endsWith(end) ? text : readFileSync(url, 'utf8'));
}
