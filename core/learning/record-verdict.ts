import { requireCase } from '#core/cases/change.ts';
import { isPersonName, normalName } from '#core/cases/policy.ts';
import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import { type VerdictData, verdictData } from './verdict.ts';

/** A verdict as a person gives it. */
export interface VerdictRequest extends VerdictData {
  readonly caseId: string;
  readonly by: string;
}

/**
 * Records what an analyst says about the explanation of a case, as an event of the audit chain; a later verdict
 * replaces it. It changes no status and no money: what is to be paid is decided, not learned. Throws CaseNotFound,
 * FourEyesRequired where it is not a person who judges, and UsageError where the verdict contradicts itself or there
 * is nothing to judge yet.
 */
export async function recordVerdict(
  request: VerdictRequest,
  ports: { readonly cases: CaseStore },
): Promise<Case> {
  const { caseId, by, ...data } = request;
  const current = await requireCase(ports.cases, caseId);
  if (!isPersonName(by) || normalName(by) === 'system') {
    throw new PlumblineError('FourEyesRequired', {
      what: `"${by}" cannot judge`,
      why: 'a verdict is a person’s: an agent that grades itself teaches itself its mistakes',
    });
  }
  const verdict = verdictData.parse(data);
  const proposal = await ports.cases.latestProposal(caseId);
  if (proposal === undefined) throw contradictory(caseId, 'the case has no explanation yet');
  if (verdict.cause === 'right' && proposal.cause === '')
    throw contradictory(caseId, 'the explanation names no cause that could be right');
  if (verdict.cause === 'right' && (verdict.falsePositive || verdict.actualCause !== null))
    throw contradictory(caseId, 'a right cause is neither a false positive nor another cause');
  return ports.cases.changeCase(
    caseId,
    { kind: 'verdict-recorded', actor: by, data: verdict },
    { expectedVersion: current.version },
  );
}

function contradictory(caseId: string, why: string): PlumblineError {
  return new PlumblineError('UsageError', {
    what: 'The verdict cannot be recorded',
    where: `case ${caseId}`,
    why,
    next: `plumbline cases show ${caseId}`,
  });
}
