import { readAdjustments } from '#core/cases/adjustments.ts';
import { requireStillDue } from '#core/cases/still-due.ts';
import type { Case } from '#core/domain/case.ts';
import { reconcileKeys } from '#core/reconcile/reconcile-keys.ts';
import type { Stores } from './stores.ts';

/**
 * Reconciles the items of a proposal against the lake as it is now, before a person approves it. Throws VersionMoved where
 * some are in order by now. Says nothing of a proposal that does not wait: `decide` refuses that one itself.
 */
export async function requireUnchanged(stores: Stores, current: Case, proposalHash: string): Promise<void> {
  const proposal = await stores.cases.findProposal(proposalHash);
  if (current.status !== 'awaiting-decision' || proposal?.caseId !== current.caseId) return;
  const { file, sha256 } = proposal.adjustments;
  const lines = readAdjustments(await stores.runs.readText(file), sha256, file);
  const [first] = lines;
  if (first === undefined) return;
  const keys = lines.map(({ key, dt }) => ({ key, dt }));
  requireStillDue(
    current,
    lines,
    await reconcileKeys({ period: current.period, grain: first.grain, keys }, stores),
  );
}
