import { PlumblineError } from '#core/domain/errors.ts';
import { factsById } from '#core/investigation/check-claims.ts';
import { checkConclusion } from '#core/investigation/conclusion.ts';
import { foreignTexts } from '#core/investigation/foreign-text.ts';
import { verifyConclusion } from '#core/investigation/verify-conclusion.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { VerifyExplanationInput, VerifyExplanationOutput } from './schema.ts';

/** What the tool needs. */
export interface VerifyExplanationPorts {
  readonly cases: Pick<CaseStore, 'findCase' | 'listEvidence'>;
}

/** Who is named where no agent answered: the state machine itself wrote the text then, and it claims nothing. */
const NOBODY = 'none';

/**
 * Removes from a conclusion what the evidence of the case does not bear out. Throws AgentFailed when it does not
 * have the form of a conclusion, CaseNotFound when there is no such case.
 */
export async function verifyExplanation(
  input: VerifyExplanationInput,
  ports: VerifyExplanationPorts,
): Promise<VerifyExplanationOutput> {
  const reading = checkConclusion(input.conclusion);
  if (!reading.ok) {
    throw new PlumblineError('AgentFailed', {
      what: 'The conclusion cannot be checked',
      where: `case ${input.caseId}`,
      why: reading.problem,
    });
  }
  const found = await ports.cases.findCase(input.caseId);
  if (found === undefined) throw new PlumblineError('CaseNotFound', { what: `No case ${input.caseId}` });
  const { conclusion } = reading;
  if (conclusion.answeredBy === NOBODY && conclusion.claims.length === 0 && !conclusion.causeFound) {
    return { conclusion: { ...conclusion, removed: [] }, kept: 0, removed: 0 };
  }
  const evidence = await ports.cases.listEvidence(input.caseId);
  const known = factsById(evidence);
  const names = [found.caseId, found.findingId, found.controlId, found.runId];
  const verified = verifyConclusion(conclusion, known, names, foreignTexts(evidence));
  return { conclusion: { ...verified }, kept: verified.claims.length, removed: verified.removed.length };
}
