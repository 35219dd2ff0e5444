import { z } from 'zod';
import type { CaseEvent, Decision, DecisionReason } from '#core/domain/case.ts';

/** Whether the cause that the explanation names is the cause. */
export const CAUSE_VERDICTS = ['right', 'wrong', 'unclear'] as const;
export type CauseVerdict = (typeof CAUSE_VERDICTS)[number];

/** What an analyst says afterwards about the explanation of a case: the data of a `verdict-recorded` event. */
export const verdictData = z.strictObject({
  cause: z.enum(CAUSE_VERDICTS),
  /** What it really was, where the analyst knows. */
  actualCause: z.string().min(1).max(1_000).nullable(),
  /** Change of the change log that it really was. */
  actualChangeId: z.string().min(1).max(100).nullable(),
  falsePositive: z.boolean(),
  /** What it should have been, signed as an impact is; null where the amount was right. */
  amount: z.strictObject({ minor: z.string().regex(/^-?\d{1,30}$/), asset: z.string().max(10) }).nullable(),
  note: z.string().max(2_000),
});
export type VerdictData = z.infer<typeof verdictData>;

/** The verdict on a case, with where it comes from: said by a person, or what a decision implies. */
export interface CaseVerdict extends VerdictData {
  readonly caseId: string;
  readonly by: string;
  readonly at: string;
  readonly source: 'verdict' | 'decision';
}

/** What a decision says about the cause. Approvals within a policy were not looked at, so they say nothing. */
const IMPLIED: Readonly<Record<DecisionReason, Pick<VerdictData, 'cause' | 'falsePositive'> | undefined>> = {
  'evidence-sufficient': { cause: 'right', falsePositive: false },
  'false-positive': { cause: 'wrong', falsePositive: true },
  'cause-not-proved': { cause: 'unclear', falsePositive: false },
  'amount-wrong': { cause: 'unclear', falsePositive: false },
  'not-recoverable': undefined,
  'within-policy': undefined,
};

/**
 * The verdict that holds for a case: the last one that a person recorded, else what the last decision implies, else
 * undefined. Events and decisions are those of one case, oldest first.
 */
export function verdictOf(
  events: readonly CaseEvent[],
  decisions: readonly Decision[],
): CaseVerdict | undefined {
  const said = events.findLast((event) => event.kind === 'verdict-recorded');
  if (said !== undefined) {
    const data = verdictData.parse(said.data);
    return { ...data, caseId: said.caseId, by: said.actor, at: said.at, source: 'verdict' };
  }
  const decision = decisions.at(-1);
  const implied = decision === undefined ? undefined : IMPLIED[decision.reason];
  if (decision === undefined || implied === undefined) return undefined;
  return {
    ...implied,
    actualCause: null,
    actualChangeId: null,
    amount: null,
    note: decision.comment,
    caseId: decision.caseId,
    by: decision.decidedBy,
    at: decision.decidedAt,
    source: 'decision',
  };
}
