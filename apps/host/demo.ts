import { join } from 'node:path';
import { totalMoney } from '#core/cases/money.ts';
import { autoApprovalRefusals, DEMO_AUTO_APPROVAL } from '#core/cases/policy.ts';
import type { Case, MoneyStates, Proposal } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { add, fromMoneyJson, type MoneyJson, toMoneyJson, zero } from '#core/domain/money.ts';
import { type Finding, RUN_FILES } from '#core/domain/run.ts';
import { type Host, openHost } from '../host.ts';
import { decide, releasePostings, settle } from './decisions.ts';
import { beginDemo, type DemoState, readDemoState, requireDemoFolder, writeDemoState } from './demo-state.ts';
import { billedArrived, ingest } from './ingest.ts';
import { type Progress, type ReconciliationRun, reconcile } from './runs.ts';
import { generateSample, runBilling, type ScoreReport, scoreRun } from './sample.ts';

const PERIOD = '2026-10';
const MATERIAL_FROM = '25.00';
/** When the sample operator's last items are posted: the demo's today, whenever it is run. */
const AS_OF = '2026-11-04';
/** The name makes the execution of a demo the same one after a kill. */
const EXECUTION = `demo-${PERIOD}`;
const CURRENCY = 'EUR/6';

/** Money of several cases of one direction: what was found is the sum of the four states. */
export type MoneyTotals = MoneyStates & { readonly found: MoneyJson };

/** What the demo ends with. */
export interface DemoResult {
  readonly digest: string;
  readonly runId: string;
  readonly seed: number;
  readonly subscribers: number;
  readonly days: number;
  readonly usageRecords: number;
  readonly score: ScoreReport & { readonly residual: string };
  readonly families: ScoreReport['families'];
  readonly findings: readonly Finding[];
  readonly cases: {
    readonly opened: number;
    readonly approved: number;
    readonly awaiting: number;
    readonly closed: number;
  };
  /** Money by state, losses and what is owed back apart: they are never netted. */
  readonly money: { readonly underCharged: MoneyTotals; readonly overCharged: MoneyTotals };
  /** The explained case that is shown in full. */
  readonly example: { readonly case: Case; readonly proposal: Proposal } | null;
  readonly seconds: number;
}

/** Runs the demo on a fresh data folder. Throws a UsageError when the folder holds anything that no demo made. */
export async function runDemo(options: {
  readonly home: string;
  readonly seed: number;
  readonly subscribers: number;
  readonly days: number;
  readonly onProgress: Progress;
}): Promise<DemoResult> {
  const { home, seed, subscribers, days, onProgress } = options;
  onProgress('demo', `seed ${seed}, ${subscribers} subscribers, ${days} days, in ${home}`, true);
  await requireDemoFolder(home);
  await requireIdle(home);
  const state = await beginDemo(home, { seed, subscribers, days });
  const host = await openHost({ home });
  try {
    return await carryOn(host, state, onProgress);
  } finally {
    await host.close();
  }
}

/** The demo of this folder that was killed, made ready to go on; undefined when there is none or it is complete. */
export async function unfinishedDemo(home: string): Promise<DemoState | undefined> {
  const state = await readDemoState(home);
  if (state === undefined || state.complete) return undefined;
  return state.cleared ? state : beginDemo(home, state);
}

/** Takes up a demo where it was killed. Throws DataFolderInUse while another process runs it. */
export async function resumeDemo(host: Host, state: DemoState, onProgress: Progress): Promise<DemoResult> {
  if (!host.ownsCloud) throw folderInUse(host);
  onProgress('resume', `demo with seed ${state.seed}`, true);
  return carryOn(host, state, onProgress);
}

/** Every step is a no-op where it was done before, so that the same call starts, repeats and resumes a demo. */
async function carryOn(host: Host, state: DemoState, onProgress: Progress): Promise<DemoResult> {
  const started = performance.now();
  const { home } = host.stores;
  const out = join(home, 'sample');
  const sample = await generateSample({
    out,
    ...parametersOf(state),
    onProgress: (detail, final) => onProgress('generate', detail, final),
  });
  await ingestFeeds(host, join(out, 'feeds'), onProgress);
  const run = await reconcile(host, {
    period: PERIOD,
    materialFrom: MATERIAL_FROM,
    name: EXECUTION,
    asOf: AS_OF,
    onProgress,
  });
  const approved = await approveWithinPolicy(host, onProgress);
  await settleRemedies(host, join(out, 'feeds'), approved, onProgress);
  const score = await scoreRun({ home, truth: join(out, 'truth'), runId: run.runId });
  onProgress('score', `run ${run.runId} against the truth of the sample`, true);
  const result = await resultOf(host, state, run, score, sample.usageRows, started);
  await writeDemoState(home, { ...state, complete: true });
  return result;
}

/** Only the sample's own feeds; what the billing department posts later is ingested when it does. */
async function ingestFeeds(host: Host, feedsDir: string, onProgress: Progress): Promise<void> {
  const summary = await ingest({
    home: host.stores.home,
    path: feedsDir,
    keepData: false,
    onProgress: (detail, final) => onProgress('ingest', detail, final),
  });
  onProgress(
    'ingest',
    `${summary.rows} records in ${summary.files.length} files, ${summary.quarantined} in quarantine`,
    true,
  );
}

/** The named demo analyst approves what policy lets a person's standing approval cover; everything else waits. */
async function approveWithinPolicy(host: Host, onProgress: Progress): Promise<string[]> {
  const { stores } = host;
  const approved: string[] = [];
  for (const { caseId } of await stores.cases.listCases()) {
    const item = await settle(host, caseId);
    const proposal = await stores.cases.latestProposal(caseId);
    if (item.status !== 'awaiting-decision' || !proposal) {
      if ((await stores.cases.listDecisions(caseId)).some((d) => d.verdict === 'approved'))
        approved.push(caseId);
      continue;
    }
    if (autoApprovalRefusals(DEMO_AUTO_APPROVAL, proposal).length > 0) continue;
    await decide(host, {
      caseId,
      caseVersion: item.version,
      proposalHash: proposal.proposalHash,
      verdict: 'approved',
      reason: DEMO_AUTO_APPROVAL.reason,
      comment: `Standing approval "${DEMO_AUTO_APPROVAL.name}": cause found, every claim borne out, within the limit`,
      decidedBy: DEMO_AUTO_APPROVAL.analyst,
    });
    approved.push(caseId);
    onProgress('approve', `${approved.length} cases within policy, as ${DEMO_AUTO_APPROVAL.analyst}`, false);
  }
  onProgress('approve', `${approved.length} cases within policy, as ${DEMO_AUTO_APPROVAL.analyst}`, true);
  return approved;
}

/**
 * Two bill runs: the billing department posts what it was sent and refuses some, the affected records are reconciled
 * again; what has not moved by the second run is given up.
 */
async function settleRemedies(
  host: Host,
  feedsDir: string,
  approved: readonly string[],
  onProgress: Progress,
): Promise<void> {
  const { stores } = host;
  for (const caseId of approved) await settle(host, caseId);
  const posted = await runBilling(stores.home, feedsDir);
  const summary = await ingest({ home: stores.home, path: feedsDir, keepData: false, onProgress: () => {} });
  const arrived = billedArrived(summary) ? 'posted' : 'posted before';
  onProgress(
    'remedy',
    `billing ${arrived} ${posted.posted} adjustments and refused ${posted.refused}${posted.refused > 0 ? ` (${posted.reasons})` : ''}`,
    true,
  );
  for (const billRun of ['first', 'second']) {
    const released = await releasePostings(stores, host.sfn);
    for (const caseId of released) await settle(host, caseId);
    onProgress('verify', `${released.length} remedies measured after the ${billRun} bill run`, true);
  }
}

async function resultOf(
  host: Host,
  state: DemoState,
  run: ReconciliationRun,
  score: ScoreReport & { readonly residual: string },
  usageRecords: number,
  started: number,
): Promise<DemoResult> {
  const { stores } = host;
  const cases = await stores.cases.listCases();
  const decided = await Promise.all(cases.map((item) => stores.cases.listDecisions(item.caseId)));
  const findings: Finding[] = JSON.parse(
    await stores.runs.readText(`runs/${run.runId}/${RUN_FILES.findings}`),
  );
  return {
    digest: run.digest,
    runId: run.runId,
    ...parametersOf(state),
    usageRecords,
    score,
    families: score.families,
    findings,
    cases: {
      opened: cases.length,
      approved: decided.filter((decisions) => decisions.some((d) => d.verdict === 'approved')).length,
      awaiting: cases.filter((item) => item.status === 'awaiting-decision').length,
      closed: cases.filter((item) => item.status === 'closed').length,
    },
    money: {
      underCharged: moneyOf(cases.filter((item) => totalMoney(item.money).minor >= 0n)),
      overCharged: moneyOf(cases.filter((item) => totalMoney(item.money).minor < 0n)),
    },
    example: await exampleOf(host, cases),
    seconds: (performance.now() - started) / 1000,
  };
}

/** The recovered case with the largest amount, else the largest that has a proposal. */
async function exampleOf(host: Host, cases: readonly Case[]): Promise<DemoResult['example']> {
  const size = (item: Case): bigint =>
    BigInt(item.money.recovered.minor) ** 2n * 10n ** 20n + totalMoney(item.money).minor ** 2n;
  const ranked = [...cases].sort((a, b) =>
    size(b) > size(a) ? 1 : size(b) < size(a) ? -1 : a.caseId < b.caseId ? -1 : 1,
  );
  for (const item of ranked) {
    const proposal = await host.stores.cases.latestProposal(item.caseId);
    if (proposal) return { case: item, proposal };
  }
  return null;
}

function moneyOf(cases: readonly Case[]): MoneyTotals {
  const total = (state: keyof MoneyStates): MoneyJson =>
    toMoneyJson(cases.reduce((sum, item) => add(sum, fromMoneyJson(item.money[state])), zero(CURRENCY)));
  const found = cases.reduce((sum, item) => add(sum, totalMoney(item.money)), zero(CURRENCY));
  return {
    found: toMoneyJson(found),
    potential: total('potential'),
    confirmed: total('confirmed'),
    recovered: total('recovered'),
    unrecoverable: total('unrecoverable'),
  };
}

function parametersOf({ seed, subscribers, days }: DemoState) {
  return { seed, subscribers, days };
}

/** Nothing is cleared under a process that works in the folder. Throws DataFolderInUse where one does. */
async function requireIdle(home: string): Promise<void> {
  if ((await readDemoState(home)) === undefined) return;
  const host = await openHost({ home });
  await host.close();
  if (!host.ownsCloud) throw folderInUse(host);
}

function folderInUse(host: Host): PlumblineError {
  return new PlumblineError('DataFolderInUse', {
    what: 'Another process works in this data folder',
    where: `${host.stores.home}, ${host.endpoint}`,
    next: 'stop it, or use another --home',
    retryable: true,
  });
}
