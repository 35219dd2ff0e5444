import { parseAsset } from '#core/domain/asset.ts';
import type { DecisionReason, Proposal, Remedy } from '#core/domain/case.ts';
import {
  absolute,
  compare,
  decimalString,
  fromMoneyJson,
  type MoneyJson,
  rescale,
} from '#core/domain/money.ts';

/** Up to which amount a person may approve; the amount is that of all adjustments together, without its sign. */
export interface ApprovalPolicy {
  /** Limits of named people. */
  readonly limits: Readonly<Record<string, MoneyJson>>;
  /** Limit of everybody else; null: none. */
  readonly otherwise: MoneyJson | null;
}

/** What a machine may ask a named person's standing approval for, as data. */
export interface AutoApprovalPolicy {
  readonly name: string;
  /** The person in whose name it approves. Never an agent. */
  readonly analyst: string;
  readonly reason: DecisionReason;
  readonly limit: MoneyJson;
  readonly causeRequired: boolean;
  readonly maxRemovedClaims: number;
  readonly minAdjustments: number;
  readonly remedies: readonly Remedy[];
}

/** The analyst of the demo, who approves without being asked what these bounds allow. */
export const DEMO_AUTO_APPROVAL: AutoApprovalPolicy = {
  name: 'demo',
  analyst: 'demo-analyst',
  reason: 'within-policy',
  limit: { minor: '10000000000', asset: 'EUR/6' },
  causeRequired: true,
  maxRemovedClaims: 0,
  minAdjustments: 1,
  remedies: [
    'rebill-adjustment',
    'credit-note',
    'suspense-reprocessing',
    'provisioning-fix',
    'tariff-change-request',
  ],
};

/** Limits as long as there is no sign-in: nobody at a keyboard releases more than this in one decision. */
export const DEFAULT_APPROVAL_POLICY: ApprovalPolicy = {
  limits: { [DEMO_AUTO_APPROVAL.analyst]: DEMO_AUTO_APPROVAL.limit },
  otherwise: { minor: '100000000000', asset: 'EUR/6' },
};

/** Why the policy does not let the proposal pass, one sentence each; empty when it does. */
export function autoApprovalRefusals(policy: AutoApprovalPolicy, proposal: Proposal): string[] {
  const { adjustments, explanation, remedy } = proposal;
  const removed = explanation.removed.length;
  const rules: readonly (readonly [boolean, string])[] = [
    [!policy.remedies.includes(remedy), `remedy ${remedy} always needs a person`],
    [
      adjustments.count < policy.minAdjustments,
      `${adjustments.count} adjustments: there is nothing to verify`,
    ],
    [policy.causeRequired && !causeFound(proposal), 'no cause was found'],
    [removed > policy.maxRemovedClaims, `${removed} claims did not survive the check`],
    [
      exceeds(adjustments.total, policy.limit),
      `${amountText(adjustments.total)} is more than the limit of ${amountText(policy.limit)}`,
    ],
  ];
  return rules.filter(([refused]) => refused).map(([, why]) => why);
}

/** A cause counts as found when it is named and a hypothesis that was tested supports it. */
export function causeFound(proposal: Proposal): boolean {
  return proposal.cause !== '' && proposal.hypotheses.some((h) => h.verdict === 'supported');
}

/** The limit of a person; null where there is none. Names are compared as `decide` compares them. */
export function limitOf(policy: ApprovalPolicy, person: string): MoneyJson | null {
  for (const [name, limit] of Object.entries(policy.limits)) {
    if (samePerson(name, person)) return limit;
  }
  return policy.otherwise;
}

/** True when the amount, without its sign, is over the limit, or is in another currency than the limit. */
export function exceeds(amount: MoneyJson, limit: MoneyJson): boolean {
  const a = parseAsset(amount.asset);
  const l = parseAsset(limit.asset);
  if (a.currency !== l.currency) return true;
  const scale = Math.max(a.scale, l.scale);
  return (
    compare(
      rescale(absolute(fromMoneyJson(amount)), scale, 'up'),
      rescale(absolute(fromMoneyJson(limit)), scale, 'up'),
    ) > 0
  );
}

/**
 * Names that differ only in case, white space, invisible characters or in how their characters are composed are one
 * person; so is an agent, with its prefix or without.
 */
export function samePerson(a: string, b: string): boolean {
  const bare = (name: string) => normalName(name).replace(/^agent:\s*/, '');
  return bare(a) === bare(b);
}

/** A name as it is compared. */
export function normalName(name: string): string {
  return visible(name).trim().replace(/\s+/g, ' ').toLowerCase();
}

/**
 * True for what can be a person's name or address: letters, digits and a little punctuation, nothing invisible. Colons
 * and slashes name agents and models.
 */
export function isPersonName(name: string): boolean {
  return (
    visible(name) === name.normalize('NFKC') &&
    /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .@_'’+-]{0,99}$/u.test(normalName(name))
  );
}

function visible(name: string): string {
  return name.normalize('NFKC').replace(/[\p{Cf}\p{Cc}]/gu, '');
}

const amountText = (amount: MoneyJson): string =>
  `${parseAsset(amount.asset).currency} ${decimalString(fromMoneyJson(amount))}`;
