import type { Control } from '#core/controls/control.ts';
import { decimalString, fromMoneyJson, rescale } from '#core/domain/money.ts';
import type { Finding } from '#core/domain/run.ts';
import type { Dimension, Grain } from '#core/domain/violation.ts';

const NOUNS: Readonly<Record<Grain, readonly [string, string]>> = {
  record: ['session', 'sessions'],
  subscription: ['subscription', 'subscriptions'],
  hop: ['record', 'records'],
  check: ['case', 'cases'],
};

/** How a condition reads before (as it is, in this order) or after the noun. */
const BEFORE: readonly Dimension[] = ['segment', 'service'];
const AFTER: Readonly<Partial<Record<Dimension, (value: string) => string>>> = {
  zone: (value) => `to zone ${value}`,
  offer_id: (value) => `of offer ${value}`,
  tariff_id: (value) => `on tariff ${value}`,
  tariff_version: (value) => `under version ${value}`,
  charged_version: (value) => `charged by version ${value}`,
  source: (value) => `from ${value}`,
  rating_source: (value) => `rated by ${value}`,
};

/** One plain sentence with counts and money: `1204 voice sessions to zone eu … were rated but not billed, …`. */
export function titleOf(finding: Omit<Finding, 'title'>, control: Control): string {
  const [one, many] = control.noun ?? NOUNS[control.grain];
  const count = control.grain === 'hop' ? finding.records : finding.violations;
  const conditions = Object.entries(finding.segment) as [Dimension, string][];
  const before = BEFORE.flatMap((name) => finding.segment[name] ?? []);
  const after = conditions.flatMap(([name, value]) => AFTER[name]?.(value) ?? []);
  const who = [String(count), ...before, count === 1 ? one : many, ...after].join(' ');
  const verb = count === 1 ? 'was' : 'were';
  const symptom = control.symptoms[finding.symptom] ?? finding.symptom;
  const amount = fromMoneyJson(finding.impact);
  const cents = rescale(amount.minor < 0n ? { ...amount, minor: -amount.minor } : amount, 2, 'half_up');
  const currency = finding.impact.asset.slice(0, 3);
  const about = finding.estimated ? 'about ' : '';
  const [from, to] = [finding.firstEvent.slice(0, 10), finding.lastEvent.slice(0, 10)];
  const when =
    control.grain === 'subscription'
      ? `in ${from.slice(0, 7)}`
      : from === to
        ? `on ${from}`
        : `from ${from} to ${to}`;
  const cause = conditions.length === 0 ? ', with no common cause in sight' : '';
  return `${who} ${verb} ${symptom} ${when}: ${about}${decimalString(cents)} ${currency} ${finding.direction}${cause}.`;
}
