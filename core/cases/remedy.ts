import type { Remedy } from '#core/domain/case.ts';
import type { Finding } from '#core/domain/run.ts';

/** What an operator has decided about remedies, as data. */
export interface RemedyRules {
  /**
   * How old an event may be to be charged now, in days. Regulators bound this; 365 is a starting value that an operator
   * replaces with the term of its market. Credits have no such bound.
   */
  readonly backBillDays: number;
}

export const DEFAULT_REMEDY_RULES: RemedyRules = { backBillDays: 365 };

/** The remedy that is proposed, and why it is not the one that the agent named, where it is not. */
export interface SettledRemedy {
  readonly remedy: Remedy;
  readonly note: string | null;
}

/** Which remedy a finding admits: an agent's choice holds as far as the facts of the finding allow it. */
export function settleRemedy(finding: Finding, wanted: Remedy): SettledRemedy {
  if (finding.estimated && wanted !== 'ticket-only') {
    return {
      remedy: 'ticket-only',
      note: `${wanted} was named, but the amount is an estimate: the records are gone and nobody can be billed for them`,
    };
  }
  const money: Remedy = finding.direction === 'under-charged' ? 'rebill-adjustment' : 'credit-note';
  const isMoney = wanted === 'rebill-adjustment' || wanted === 'credit-note';
  if (!isMoney || wanted === money) return { remedy: wanted, note: null };
  return { remedy: money, note: `${wanted} was named, but the finding is ${finding.direction}` };
}

/** True when the remedy changes bills beside its ticket. */
export const CHANGES_BILLS: Readonly<Record<Remedy, boolean>> = {
  'rebill-adjustment': true,
  'credit-note': true,
  'suspense-reprocessing': true,
  'provisioning-fix': true,
  'tariff-change-request': true,
  'ticket-only': false,
};
