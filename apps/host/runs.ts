import { randomUUID } from 'node:crypto';
import { PlumblineError } from '#core/domain/errors.ts';
import { RUN_FILES, type RunManifest } from '#core/domain/run.ts';
import type { Host } from '../host.ts';
import { awaitExecution, listExecutions, outputOf, startExecution } from './executions.ts';

const USAGE_RECONCILIATION = 'usage-reconciliation';

/** How long work goes on and what it says meanwhile: a step, a detail, and whether the step is over. */
export type Progress = (step: string, detail: string, final: boolean) => void;

/** A finished run of usage-reconciliation. */
export interface ReconciliationRun {
  readonly executionArn: string;
  readonly runId: string;
  readonly digest: string;
  readonly cases: number;
  readonly materialFindings: number;
  /** Undecided cases of earlier runs that this one does not find, which ended. */
  readonly casesNotFoundAgain: number;
  readonly investigationsFailed: number;
  readonly manifest: RunManifest;
}

/**
 * Runs usage-reconciliation over a period and waits for it. The same `name` is the same execution, so that a killed
 * caller can come back to it. Throws ControlFailed when the execution fails.
 */
export async function reconcile(
  host: Host,
  options: {
    readonly period: string;
    readonly materialFrom: string;
    readonly name?: string;
    /** Day from which the back-bill limit counts, where it is not today. */
    readonly asOf?: string;
    readonly onProgress: Progress;
  },
): Promise<ReconciliationRun> {
  const name = options.name ?? `${options.period}-${randomUUID()}`;
  const { period, materialFrom, asOf } = options;
  const input = { period, materialFrom, ...(asOf === undefined ? {} : { asOf }) };
  const executionArn = await startExecution(host.sfn, USAGE_RECONCILIATION, name, input);
  const execution = await awaitExecution(host.sfn, executionArn, () =>
    reportProgress(host, options.onProgress),
  );
  const output = outputOf(execution);
  const runId = String(output.runId);
  const manifest = await readManifest(host, runId);
  options.onProgress('reconcile', `run ${runId}`, true);
  return {
    executionArn,
    runId,
    digest: String(output.digest),
    cases: Number(output.cases),
    materialFindings: Number(output.materialFindings),
    casesNotFoundAgain: Number(output.casesNotFoundAgain ?? 0),
    investigationsFailed: Number(output.investigationsFailed),
    manifest,
  };
}

/** The manifest of a run. Throws RunNotFound. */
export async function readManifest(host: Pick<Host, 'stores'>, runId: string): Promise<RunManifest> {
  return JSON.parse(await host.stores.runs.readText(`runs/${runId}/${RUN_FILES.manifest}`));
}

/** What a resume took up. */
export interface Resumed {
  /** Executions that were unfinished when this process started. */
  readonly executions: readonly string[];
  /** Those among them that now wait for a person or a bill run. */
  readonly waiting: number;
}

/**
 * Waits until everything that a killed process left unfinished has ended or waits for a person or a bill run. The
 * embedded cloud takes its executions up by itself when it starts.
 */
export async function resume(host: Host, onProgress: Progress): Promise<Resumed> {
  const unfinished = await listExecutions(host.sfn, 'RUNNING');
  const own = unfinished.filter((execution) => execution.stateMachine !== 'remediation');
  for (const execution of own) {
    onProgress('resume', `${execution.stateMachine} ${execution.name}`, false);
    const ended = await awaitExecution(host.sfn, execution.executionArn, () =>
      reportProgress(host, onProgress),
    );
    onProgress('resume', `${execution.stateMachine} ${execution.name}: ${ended.status}`, true);
  }
  const waiting = await listExecutions(host.sfn, 'RUNNING');
  return { executions: unfinished.map((execution) => execution.executionArn), waiting: waiting.length };
}

async function reportProgress(host: Host, onProgress: Progress): Promise<void> {
  const cases = await host.stores.cases.listCases();
  if (cases.length > 0) {
    const known = cases.filter((item) => item.status !== 'open' && item.status !== 'investigating').length;
    onProgress('investigate', `${known} of ${cases.length} cases explained`, false);
    return;
  }
  const results = await host.stores.runs.list('runs/');
  const done = results.filter((key) => key.endsWith('/result.json')).length;
  onProgress('reconcile', `${done} partitions done`, false);
}

/** The newest run by the clock of its execution. Throws RunNotFound when nothing was run. */
export function requireRun<T extends { readonly runId: string }>(
  runs: readonly T[],
  runId: string | undefined,
): T {
  const found = runId === undefined ? runs[0] : runs.find((run) => run.runId === runId);
  if (found) return found;
  throw new PlumblineError('RunNotFound', {
    what: runId === undefined ? 'Nothing has been run yet' : `There is no run ${runId}`,
    next: runId === undefined ? 'plumbline run usage-reconciliation --period 2026-10' : 'plumbline runs list',
  });
}
