import { changeByRule, requireCase } from '#core/cases/change.ts';
import { lapsedClosing, verifiedClosing } from '#core/cases/closing.ts';
import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { CaseChange, CaseStore } from '#core/ports/case-store.ts';
import type { CloseCaseInput, CloseCaseOutput } from './schema.ts';

/** What close-case works with. */
export interface CloseCasePorts {
  readonly cases: CaseStore;
}

/**
 * Closes a case at the end of its remediation. Closing a closed case changes nothing. A case that has moved on to
 * another proposal than the caller's, or that was updated by a later run and is being looked at anew, is left alone.
 */
export async function closeCase(input: CloseCaseInput, ports: CloseCasePorts): Promise<CloseCaseOutput> {
  const before = await requireCase(ports.cases, input.caseId);
  if (before.status === 'closed') return outputOf(before, 'already-closed');
  if (await isSuperseded(input, before, ports.cases)) return outputOf(before, 'superseded');
  const closed = await changeByRule(ports.cases, input.caseId, (current) => {
    if (current.status === 'closed') return undefined;
    return closingOf(input, current);
  });
  return outputOf(closed, 'closed');
}

async function isSuperseded(input: CloseCaseInput, current: Case, store: CaseStore): Promise<boolean> {
  if (input.proposalHash === undefined) return false;
  const latest = await store.latestProposal(input.caseId);
  if (latest?.proposalHash !== input.proposalHash) return true;
  // The question was withdrawn because the finding changed; the execution that asked it has only now timed out.
  return input.outcome === 'expired' && current.status !== 'awaiting-decision';
}

function closingOf(input: CloseCaseInput, current: Case): CaseChange {
  switch (input.outcome) {
    case 'verified':
      if (current.status === 'remedying') return verifiedClosing(current);
      throw notAtThatPoint(input, current);
    case 'rejected':
      // `decide` closes what it rejects in the same transaction: a case that is still open was not rejected.
      throw notAtThatPoint(input, current);
    case 'expired':
    case 'no-longer-found':
      if (current.status !== 'remedying') return lapsedClosing(current, input.outcome);
      throw notAtThatPoint(input, current);
  }
}

function notAtThatPoint(input: CloseCaseInput, current: Case): PlumblineError {
  return new PlumblineError('VersionMoved', {
    what: `Case ${current.caseId} is ${current.status} and cannot be closed as ${input.outcome}`,
    where: `version ${current.version}`,
    next: `plumbline cases show ${current.caseId}`,
  });
}

function outputOf(current: Case, change: CloseCaseOutput['change']): CloseCaseOutput {
  const { potential, confirmed, recovered, unrecoverable } = current.money;
  return {
    caseId: current.caseId,
    caseVersion: current.version,
    change,
    resolution: current.resolution,
    money: { potential, confirmed, recovered, unrecoverable },
  };
}
