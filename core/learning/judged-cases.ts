import type { CaseStore } from '#core/ports/case-store.ts';
import type { JudgedCase } from './precedents.ts';
import type { TuningCase } from './tuning-records.ts';
import { verdictOf } from './verdict.ts';

/** Every case on which there is a verdict and a proposal, with what it rests on, by case id. */
export async function judgedCases(
  cases: Pick<
    CaseStore,
    'listCases' | 'events' | 'listDecisions' | 'latestProposal' | 'listEvidence' | 'findFinding'
  >,
): Promise<(TuningCase & JudgedCase)[]> {
  const judged: (TuningCase & JudgedCase)[] = [];
  const listed = [...(await cases.listCases())].sort((a, b) => (a.caseId < b.caseId ? -1 : 1));
  for (const { caseId, findingId, title, controlId } of listed) {
    const verdict = verdictOf(await cases.events(caseId), await cases.listDecisions(caseId));
    if (verdict === undefined) continue;
    const proposal = await cases.latestProposal(caseId);
    const finding = await cases.findFinding(findingId);
    if (proposal === undefined || finding === undefined) continue;
    const evidence = await cases.listEvidence(caseId);
    const { changeId } = proposal;
    const { symptom } = finding;
    judged.push({ caseId, findingId, title, controlId, symptom, changeId, proposal, evidence, verdict });
  }
  return judged;
}
