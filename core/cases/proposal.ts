import type { Proposal } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf } from '#core/domain/hash.ts';

/** The hash of a proposal: SHA-256 over the canonical JSON of all its other fields, hex. */
export function proposalHashOf(proposal: Omit<Proposal, 'proposalHash'>): string {
  const { proposalHash: _, ...rest } = proposal as Proposal;
  return hashOf(rest);
}

/** The proposal with its hash. */
export function sealProposal(proposal: Omit<Proposal, 'proposalHash'>): Proposal {
  return { ...proposal, proposalHash: proposalHashOf(proposal) };
}

/** Throws ProposalMismatch when a stored proposal is not what its hash says: somebody changed it. */
export function assertIntact(proposal: Proposal): void {
  const hash = proposalHashOf(proposal);
  if (hash === proposal.proposalHash) return;
  throw new PlumblineError('ProposalMismatch', {
    what: `Proposal ${proposal.proposalId} was changed after it was made`,
    where: `hash ${hash.slice(0, 12)}, not ${proposal.proposalHash.slice(0, 12)}`,
    next: 'plumbline verify',
  });
}
