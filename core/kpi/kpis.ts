import type { KpiFacts, ViolationSum } from './facts.ts';
import { decimal, figure, hours, micros, recordsOf } from './figures.ts';
import { type Kpi, ratio } from './kpi.ts';
import { coverage, dataQuality, leakage, precision, response } from './process.ts';

/** Not in suspense: judged by account and period. */
const UNDER_ALLOWANCE = 'suspended: under-allowance';
const MONEY_GRAINS = ['record', 'subscription'];

/**
 * K1 to K15 of a run (TM Forum GB941-A: leakage, efficiency of the process, quality of the data). What cannot be said
 * has no value and a reason: a KPI of feeds that are not there is not zero.
 */
export function kpisOf(facts: KpiFacts): readonly Kpi[] {
  return [
    completeness(facts),
    residual(facts),
    suspense(facts),
    // Another quantity, a shifted clock and numbers not normalised are wrong prices as well, whatever their letter.
    accuracy(facts, 'K4', 'Rating accuracy', (sum) => sum.grain === 'record' && sum.stage === 'rating'),
    billAccuracy(facts),
    timeliness(facts),
    provisioning(facts),
    notYet('K8', 'Settlement accuracy', 'no partner statement has been settled'),
    notYet('K9', 'SLA credit accuracy', 'no slice has been assessed'),
    notYet('K10', 'Catalog escape rate', 'no launch has been validated'),
    leakage(facts),
    coverage(facts),
    precision(facts),
    response(facts),
    dataQuality(facts),
  ];
}

function completeness({ hop, sums, sessions: used }: KpiFacts): Kpi {
  const lost = (symptom: string) =>
    recordsOf(sums, (sum) => sum.controlId === 'U06' && sum.symptom === symptom);
  const notRated = lost('missing-at-rating');
  const notBilled = lost('missing-at-billing');
  const over = (through: number, all: number) => ratio(BigInt(through), BigInt(all));
  return {
    id: 'K1',
    title: 'Usage completeness per hop',
    figures: [
      figure(
        'network to mediation',
        'ratio',
        over(hop.accounted, hop.declared),
        `${hop.accounted} received, or rejected with a reason, of ${hop.declared} declared`,
        'no file declared what it holds',
      ),
      figure(
        'mediation to rated',
        'ratio',
        over(used - notRated, used),
        `${used - notRated} of ${used} sessions`,
        'no session was looked at',
      ),
      figure(
        'rated to billed',
        'ratio',
        over(used - notRated - notBilled, used - notRated),
        `${used - notRated - notBilled} of ${used - notRated} sessions`,
        'no session was looked at',
      ),
    ],
    behind: { kind: 'violations', controls: ['U04', 'U06'] },
  };
}

function residual({ manifest }: KpiFacts): Kpi {
  const { sessions, buckets, residual: money, expected } = manifest.conservation;
  const counted = Object.values(buckets).reduce((sum, n) => sum + n, 0);
  const [open, due] = [micros(money), micros(expected)];
  return {
    id: 'K2',
    title: 'Unexplained residual',
    figures: [
      figure(
        'records',
        'ratio',
        ratio(BigInt(Math.abs(sessions - counted)), BigInt(sessions)),
        `${sessions} sessions and subscriptions in, ${counted} in buckets`,
        'nothing was looked at',
      ),
      figure(
        'money',
        'ratio',
        ratio(open < 0n ? -open : open, due),
        `${money} of ${expected} ${manifest.currency} expected lies within tolerances`,
        'nothing was due',
      ),
    ],
    behind: { kind: 'residual' },
  };
}

function suspense({ manifest, sums }: KpiFacts): Kpi {
  const { buckets, sessions } = manifest.conservation;
  const held = Object.entries(buckets).filter(
    ([name]) => name.startsWith('suspended') && name !== UNDER_ALLOWANCE,
  );
  const count = held.reduce((sum, [, n]) => sum + n, 0);
  const overAge = manifest.controls.some(({ controlId }) => controlId === 'U12');
  return {
    id: 'K3',
    title: 'Suspense stock',
    figures: [
      figure(
        'sessions that cannot be priced',
        'records',
        String(count),
        held.map(([name, n]) => `${n} ${name.slice(11)}`).join(', ') || 'none',
        '',
      ),
      figure(
        'share',
        'ratio',
        ratio(BigInt(count), BigInt(sessions)),
        `${count} of ${sessions}`,
        'nothing was looked at',
      ),
      figure(
        'records over age',
        'records',
        overAge ? String(recordsOf(sums, (sum) => sum.controlId === 'U12')) : null,
        'violations of U12',
        'the suspense feed is not there',
      ),
    ],
    behind: { kind: 'suspended' },
  };
}

function accuracy(
  { sums, manifest }: KpiFacts,
  id: 'K4' | 'K5',
  title: string,
  counts: (sum: ViolationSum) => boolean,
): Kpi {
  const due = micros(manifest.conservation.expected);
  const own = sums.filter(counts);
  const wrong = own.reduce((total, sum) => total + sum.absolute, 0n);
  const share = ratio(due - wrong, due);
  return {
    id,
    title,
    figures: [
      figure(
        'accuracy',
        'ratio',
        share,
        `1 - ${decimal(wrong)} wrong of ${manifest.conservation.expected} ${manifest.currency} expected`,
        'nothing was due',
      ),
    ],
    behind: { kind: 'violations', controls: [...new Set(own.map(({ controlId }) => controlId))].sort() },
  };
}

function billAccuracy(facts: KpiFacts): Kpi {
  const money = accuracy(facts, 'K5', 'Bill accuracy', (sum) => MONEY_GRAINS.includes(sum.grain));
  const { billed, wrong } = facts.accounts;
  const accounts = figure(
    'accounts billed without an error',
    'ratio',
    ratio(BigInt(billed - wrong), BigInt(billed)),
    `${billed - wrong} of ${billed} accounts that were billed`,
    'no account was billed',
  );
  return { ...money, figures: [...money.figures, accounts] };
}

function timeliness({ lags }: KpiFacts): Kpi {
  return {
    id: 'K6',
    title: 'Timeliness',
    figures: lags.flatMap(({ hop, records, p50, p95 }) =>
      (
        [
          ['median', p50],
          ['95 % within', p95],
        ] as const
      ).map(([name, value]) =>
        figure(
          `${hop}, ${name}`,
          'hours',
          value === null ? null : hours(value),
          `${records} records that say when`,
          'no record says when',
        ),
      ),
    ),
    behind: { kind: 'slowest' },
  };
}

function provisioning({ sums, subscriptions }: KpiFacts): Kpi {
  const wrong = sums
    .filter(({ controlId }) => controlId === 'P01' || controlId === 'P02')
    .reduce((total, { violations }) => total + violations, 0);
  return {
    id: 'K7',
    title: 'Provisioning match rate',
    figures: [
      figure(
        'network and billing agree',
        'ratio',
        ratio(BigInt(Math.max(0, subscriptions - wrong)), BigInt(subscriptions)),
        `${subscriptions - wrong} of ${subscriptions} subscriptions`,
        'subscriptions are looked at by the month',
      ),
    ],
    behind: { kind: 'violations', controls: ['P01', 'P02'] },
  };
}

function notYet(id: 'K8' | 'K9' | 'K10', title: string, reason: string): Kpi {
  return {
    id,
    title,
    figures: [figure(title.toLowerCase(), 'ratio', null, '', reason)],
    behind: { kind: 'nothing' },
  };
}
