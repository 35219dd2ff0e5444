import { INVESTIGATE } from '#core/cases/transitions.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type Finding, runKey } from '#core/domain/run.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { OpenCaseInput, OpenCaseOutput } from './schema.ts';

/** What open-case works with. */
export interface OpenCasePorts {
  readonly cases: CaseStore;
  readonly runs: RunStore;
}

/** Opens the case of a finding of a run, or brings the one that it has up to date. */
export async function openCase(input: OpenCaseInput, ports: OpenCasePorts): Promise<OpenCaseOutput> {
  const { findingId, runId } = input;
  const finding = await findingOf(runId, findingId, ports.runs);
  const { case: opened, change } = await ports.cases.openCase(finding, 'system');
  return {
    caseId: opened.caseId,
    caseVersion: opened.version,
    status: opened.status,
    change,
    investigate: INVESTIGATE[opened.status],
    findingId,
    runId,
  };
}

async function findingOf(runId: string, findingId: string, runs: RunStore): Promise<Finding> {
  const key = runKey(runId, 'findings');
  const findings = JSON.parse(await runs.readText(key)) as readonly Finding[];
  const finding = findings.find((candidate) => candidate.findingId === findingId);
  if (finding) return finding;
  throw new PlumblineError('UnknownName', {
    what: `Run ${runId} has no finding ${findingId}`,
    where: key,
    next: `plumbline runs show ${runId}`,
  });
}
