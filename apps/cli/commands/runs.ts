import { resumeDemo, unfinishedDemo } from '#apps/host/demo.ts';
import { type Progress, reconcile, resume } from '#apps/host/runs.ts';
import { listRuns as manifestsOf, openStores } from '#apps/host/stores.ts';
import { openHost } from '#apps/host.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { worse } from '#core/domain/outcome.ts';
import { parsePeriod } from '#core/domain/period.ts';
import type { RunManifest } from '#core/domain/run.ts';
import { DIFF_REASONS, diffRuns } from '#core/reconcile/run-diff.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount, showDecimal } from '../format.ts';
import type { Output } from '../output.ts';
import { manifestLines } from '../show-run.ts';
import { tableLines } from '../table.ts';
import { printDemo } from './demo.ts';

const RECONCILIATION = 'usage-reconciliation';

/** Commands on runs. */
export const RUN_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'run <state-machine>',
    summary: 'Run a use case over a period and open cases for what it finds',
    example: 'plumbline run usage-reconciliation --period 2026-10',
    options: [
      { flags: '--period <period>', description: 'A month YYYY-MM or a day YYYY-MM-DD' },
      {
        flags: '--material-from <amount>',
        description: 'Smallest amount that makes a finding a case',
        defaultValue: '25.00',
      },
      { flags: '--fail-on <condition>', description: 'Exit with 3 on breach, with 4 on inconclusive' },
    ],
    run: startRun,
  },
  {
    usage: 'runs list',
    summary: 'Reconciliation runs, with outcome and digest',
    example: 'plumbline runs list',
    run: listRuns,
  },
  {
    usage: 'runs show <run>',
    summary: 'One run: controls, conservation, inputs, digest',
    example: 'plumbline runs show usage-reconciliation-2026-10-1a2b3c4d',
    run: showRun,
  },
  {
    usage: 'runs diff <earlier> <later>',
    summary:
      'Two runs of one period: what the later finds that the earlier did not, and why (late records, rules, prices)',
    example:
      'plumbline runs diff usage-reconciliation-2026-10-1a2b3c4d usage-reconciliation-2026-10-5e6f7a8b',
    options: [{ flags: '--limit <n>', description: 'Largest number of rows shown', defaultValue: '20' }],
    run: diff,
  },
  {
    usage: 'runs resume',
    summary: 'Take up whatever a killed process left unfinished, and bring it to its end',
    example: 'plumbline runs resume',
    run: resumeRuns,
  },
];

async function startRun(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stateMachine = invocation.args['state-machine'] ?? '';
  if (stateMachine !== RECONCILIATION) {
    throw new PlumblineError('UnknownName', {
      what: `There is no state machine "${stateMachine}" that can be started by hand`,
      next: `plumbline run ${RECONCILIATION} --period 2026-10`,
    });
  }
  const period = periodOption(invocation);
  const materialFrom = textOption(invocation, 'materialFrom') ?? '25.00';
  if (!/^\d+(\.\d{1,6})?$/.test(materialFrom)) {
    throw new PlumblineError('UsageError', {
      what: `"${materialFrom}" is not an amount`,
      next: '--material-from 25.00',
    });
  }
  const host = await openHost({ home: invocation.home });
  try {
    const run = await reconcile(host, {
      period,
      materialFrom,
      onProgress: (step, detail, final) => output.ticker(step, detail, final),
    });
    for (const line of manifestLines(run.manifest)) output.print(line);
    output.print();
    if (run.casesNotFoundAgain > 0) {
      output.print(
        `${showCount(run.casesNotFoundAgain)} cases of earlier runs are not found any more and were closed; plumbline runs diff says why.`,
      );
    }
    output.print(
      `${showCount(run.materialFindings)} material findings became cases. Next: plumbline cases list`,
    );
    const { manifest, ...rest } = run;
    return { data: { ...rest, ...manifest }, exitCode: exitCode(manifest, textOption(invocation, 'failOn')) };
  } finally {
    await host.close();
  }
}

function periodOption(invocation: Invocation): string {
  const text = textOption(invocation, 'period');
  try {
    return parsePeriod(text ?? '').label;
  } catch {
    throw new PlumblineError('UsageError', {
      what: text === undefined ? 'No period was given' : `"${text}" is not a period`,
      next: '--period 2026-10 or --period 2026-10-14',
    });
  }
}

/** 4 where some control could not look at all, or at everything that it was asked to; 3 on a breach, if asked. */
function exitCode(manifest: RunManifest, failOn: string | undefined): number {
  const planned = manifest.controls.filter((control) => Object.values(control.partitions).some((n) => n > 0));
  const ended = (outcome: string): boolean => planned.some((control) => control.outcome === outcome);
  if (ended('error')) return 1;
  if (failOn === 'breach' && ended('breach')) return 3;
  if (planned.length === 0 || ended('inconclusive')) return 4;
  const incomplete = planned.some((control) => control.partitions.inconclusive > 0);
  return failOn === 'inconclusive' && incomplete ? 4 : 0;
}

async function listRuns(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const runs = await manifestsOf(stores);
    if (runs.length === 0) output.print('No runs. Next: plumbline demo');
    const rows = runs.map((run) => [
      run.runId,
      run.period,
      run.controls.map((control) => control.outcome).reduce(worse),
      showCount(run.controls.reduce((sum, control) => sum + control.violations, 0)),
      showDecimal(sumOf(run, 'underCharged'), run.currency),
      showDecimal(sumOf(run, 'overCharged'), run.currency),
      run.digest.slice(0, 16),
    ]);
    const right = 'right' as const;
    const columns = [
      { title: 'RUN' },
      { title: 'PERIOD' },
      { title: 'WORST OUTCOME' },
      { title: 'VIOLATIONS', align: right },
      { title: 'UNDER-CHARGED', align: right },
      { title: 'OVER-CHARGED', align: right },
      { title: 'DIGEST' },
    ];
    if (runs.length > 0) for (const line of tableLines(columns, rows)) output.print(line);
    return { data: { runs } };
  } finally {
    await stores.close();
  }
}

function sumOf(run: RunManifest, side: 'underCharged' | 'overCharged'): string {
  const micros = run.controls.reduce((sum, control) => sum + BigInt(control[side].replace('.', '')), 0n);
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0');
  return `${micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

async function showRun(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const runId = invocation.args.run ?? '';
    const manifest = (await manifestsOf(stores)).find((run) => run.runId === runId);
    if (!manifest) {
      throw new PlumblineError('RunNotFound', {
        what: `There is no run ${runId}`,
        next: 'plumbline runs list',
      });
    }
    for (const line of manifestLines(manifest)) output.print(line);
    return { data: { ...manifest } };
  } finally {
    await stores.close();
  }
}

async function diff(invocation: Invocation, output: Output): Promise<CommandResult> {
  const limit = Number(textOption(invocation, 'limit'));
  if (!Number.isInteger(limit) || limit < 0) {
    throw new PlumblineError('UsageError', { what: 'The limit is no number of rows', next: '--limit 20' });
  }
  const { earlier = '', later = '' } = invocation.args;
  const stores = await openStores(invocation.home);
  try {
    const found = await diffRuns(earlier, later, stores);
    const currency = (await manifestsOf(stores)).find((run) => run.runId === later)?.currency ?? 'XXX';
    const amount = (text: string) => showDecimal(text, currency);
    output.print(`${earlier}: ${amount(found.before)}, ${later}: ${amount(found.after)}`);
    for (const { reason, violations, difference } of found.byReason) {
      output.print(`  ${amount(difference)} in ${showCount(violations)} violations, ${DIFF_REASONS[reason]}`);
    }
    output.print(`${showCount(found.same)} violations are the same.`);
    const rows = found.rows
      .slice(0, limit)
      .map((row) => [
        row.change,
        row.controlId,
        row.key,
        row.before,
        row.after,
        row.reason,
        row.because ?? '',
      ]);
    const columns = ['CHANGE', 'CONTROL', 'KEY', 'BEFORE', 'AFTER', 'WHY', 'BECAUSE OF'].map((title) => ({
      title,
    }));
    if (rows.length > 0) for (const line of tableLines(columns, rows)) output.print(line);
    return { data: { ...found } };
  } finally {
    await stores.close();
  }
}

async function resumeRuns(invocation: Invocation, output: Output): Promise<CommandResult> {
  const demo = await unfinishedDemo(invocation.home);
  const host = await openHost({ home: invocation.home });
  try {
    const onProgress: Progress = (step, detail, final) => output.ticker(step, detail, final);
    const resumed = await resume(host, onProgress);
    if (demo) return { data: printDemo(await resumeDemo(host, demo, onProgress), output) };
    output.print(
      resumed.executions.length === 0
        ? 'Nothing was unfinished.'
        : `${showCount(resumed.executions.length)} executions were taken up; ${showCount(resumed.waiting)} wait for a person or a bill run.`,
    );
    return { data: { executions: resumed.executions, waiting: resumed.waiting } };
  } finally {
    await host.close();
  }
}
