import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentSettings } from '#apps/host/agent-settings.ts';
import { ingest } from '#apps/host/ingest.ts';
import { reconcile } from '#apps/host/runs.ts';
import { generateSample, scoreRun } from '#apps/host/sample.ts';
import { type Host, openHost } from '#apps/host.ts';
import type { Finding } from '#core/domain/run.ts';
import { runKey } from '#core/domain/run.ts';
import { traceFile } from '#core/investigation/run-files.ts';
import type { FaultRecord } from '#sample/fault.ts';
import { arrange } from './arrange.ts';
import { type CaseTruth, groundTruth } from './ground-truth.ts';
import { type CaseState, type Judgement, judge } from './judge.ts';
import type { World } from './worlds.ts';

/** A finding that was investigated, what is true of it, and how it was judged. */
export interface GoldenCase {
  readonly world: World;
  readonly state: CaseState;
  readonly truth: CaseTruth;
  readonly judgement: Judgement;
}

/** A world after its run. */
export interface WorldResult {
  readonly cases: readonly GoldenCase[];
  /** Kinds of innocent events in the feeds, and those that were reported all the same. */
  readonly innocents: readonly string[];
  readonly innocentsReported: readonly string[];
  /** Findings that name a day of which data is missing as one on which records are missing. Must be none. */
  readonly unseenReported: readonly string[];
  readonly faults: readonly FaultRecord[];
}

/** How agents are answered: what `agents.json` of a data folder may hold. */
export type EvalSettings = Partial<AgentSettings>;

const PERIOD = '2026-10';
/** The back-bill limit counts from the fourth day after the month, wherever and whenever this runs. */
const AS_OF = '2026-11-04';
/** Everything above the cost of a message is investigated. */
const MATERIAL_FROM = '0.50';

const quiet = (): void => {};

/** Makes a world in a folder of its own, reconciles it, lets the agent investigate every case, and judges each. */
export async function runWorld(world: World, folder: string, settings: EvalSettings): Promise<WorldResult> {
  const { seed, subscribers, days, families } = world;
  const out = join(folder, 'sample');
  const home = join(folder, 'home');
  await generateSample({ out, seed, subscribers, days, families, onProgress: quiet });
  const made = JSON.parse(readFileSync(join(out, 'truth', 'faults.json'), 'utf8')) as FaultRecord[];
  const arranged = arrange(world.arrangement, join(out, 'feeds'), made);
  await ingest({ home, path: join(out, 'feeds'), keepData: false, onProgress: quiet });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'agents.json'), JSON.stringify(settings));
  const host = await openHost({ home });
  try {
    const { runId } = await reconcile(host, {
      period: PERIOD,
      materialFrom: MATERIAL_FROM,
      asOf: AS_OF,
      name: 'golden',
      onProgress: quiet,
    });
    const runDir = join(home, 'artifacts', 'runs', runId);
    const truths = await groundTruth(join(out, 'truth'), runDir, arranged.faults);
    const states = await statesOf(host, runId);
    const score = await scoreRun({ home, truth: join(out, 'truth'), runId });
    const innocents = JSON.parse(readFileSync(join(out, 'truth', 'benign.json'), 'utf8')) as {
      kind: string;
    }[];
    return {
      cases: states.map((state) => {
        const truth = truths.get(state.finding.findingId) ?? NOBODY;
        return { world, state, truth, judgement: judge(state, truth) };
      }),
      innocents: [...new Set(innocents.map(({ kind }) => kind))].sort(),
      innocentsReported: score.lookalikesReported.map(({ kind }) => kind),
      unseenReported: states
        .map(({ finding }) => finding)
        .filter((finding) => blamesUnseen(finding, arranged.unseenDays))
        .map(({ findingId }) => findingId),
      faults: arranged.faults,
    };
  } finally {
    await host.close();
  }
}

/** A finding of which nothing is labelled: it should not be there. */
const NOBODY: CaseTruth = {
  fault: undefined,
  families: [],
  causes: [],
  remedies: [],
  purity: 0,
  money: null,
};

/** True for a finding that lies on days only that could not be looked at. */
function blamesUnseen(finding: Finding, unseenDays: readonly string[]): boolean {
  const [first, last] = [finding.firstEvent.slice(0, 10), finding.lastEvent.slice(0, 10)];
  return first === last && unseenDays.includes(first);
}

async function statesOf(host: Host, runId: string): Promise<CaseState[]> {
  const { cases, runs } = host.stores;
  const findings = JSON.parse(await runs.readText(runKey(runId, 'findings'))) as Finding[];
  const states: CaseState[] = [];
  for (const { caseId, findingId } of await cases.listCases()) {
    const finding = findings.find((candidate) => candidate.findingId === findingId);
    if (finding === undefined) throw new Error(`The run has no finding ${findingId}`);
    const trace = await runs.readText(traceFile(runId, caseId)).catch(() => '{"traces":[]}');
    states.push({
      caseId,
      finding,
      proposal: await cases.latestProposal(caseId),
      evidence: await cases.listEvidence(caseId),
      events: await cases.events(caseId),
      traces: JSON.parse(trace).traces,
    });
  }
  return states;
}
