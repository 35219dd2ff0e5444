import { decide } from '#core/cases/decide.ts';
import { DEFAULT_APPROVAL_POLICY } from '#core/cases/policy.ts';
import type { Finding } from '#core/domain/run.ts';
import type { Violation } from '#core/domain/violation.ts';
import type { VerifiedConclusion } from '#tools/make-proposal/schema.ts';
import { makeProposal } from '#tools/make-proposal/tool.ts';
import { requestApproval } from '#tools/request-approval/tool.ts';
import { aFinding, TOKEN } from './cases.ts';
import { aConclusion } from './conclusion.ts';
import { aViolation, type TestStores, writeRun } from './stores.ts';

export const LOSSES: readonly Violation[] = [
  aViolation({ violation_id: 'v-a', impact: '0.150001' }),
  aViolation({ violation_id: 'v-b', impact: '2.000000', subscription_id: 'sub-2', account_id: 'acc-2' }),
  aViolation({ violation_id: 'v-c', impact: '3.999999' }),
];

export interface DecidedCase {
  readonly caseId: string;
  readonly runId: string;
  readonly decisionId: string;
  readonly proposalHash: string;
}

/** A case that went all the way to a person's decision, through the tools themselves. */
export async function decidedCase(
  stores: TestStores,
  options: {
    readonly violations?: readonly Violation[];
    readonly others?: readonly Violation[];
    readonly finding?: Partial<Finding>;
    readonly conclusion?: Partial<VerifiedConclusion>;
    readonly verdict?: 'approved' | 'rejected';
  } = {},
): Promise<DecidedCase> {
  const violations = options.violations ?? LOSSES;
  const finding = aFinding({ violations: violations.length, ...options.finding });
  await writeRun(stores, finding, violations, options.others);
  const { case: opened } = await stores.cases.openCase(finding, 'system');
  const { caseId } = opened;
  const conclusion = aConclusion(options.conclusion);
  const { runId } = finding;
  const { proposalHash } = await makeProposal({ caseId, runId, conclusion, asOf: '2026-11-03' }, stores);
  const { caseVersion } = await requestApproval({ caseId, proposalHash, taskToken: TOKEN }, stores);
  const verdict = options.verdict ?? 'approved';
  const { decision } = await decide(
    {
      caseId,
      caseVersion,
      proposalHash,
      verdict,
      reason: verdict === 'approved' ? 'evidence-sufficient' : 'cause-not-proved',
      comment: 'Checked three records by hand',
      decidedBy: 'anna',
    },
    stores,
    DEFAULT_APPROVAL_POLICY,
  );
  return { caseId, runId, decisionId: decision.decisionId, proposalHash };
}
