import type { Case } from '#core/domain/case.ts';
import { type MoneyJson, parseMoney } from '#core/domain/money.ts';
import type { KpiFacts, ViolationSum } from './facts.ts';
import { type Figure, type Kpi, median, ratio } from './kpi.ts';

const MS_PER_HOUR = 3_600_000;
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
    accuracy(
      facts,
      'K4',
      'Rating accuracy',
      (sum) => sum.grain === 'record' && sum.controlId.startsWith('R'),
    ),
    accuracy(facts, 'K5', 'Bill accuracy', (sum) => MONEY_GRAINS.includes(sum.grain)),
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
    behind: { kind: 'buckets' },
  };
}

function suspense({ manifest, sums }: KpiFacts): Kpi {
  const { buckets, sessions } = manifest.conservation;
  const held = Object.entries(buckets).filter(([name]) => name.startsWith('suspended'));
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
    behind: { kind: 'buckets' },
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

function timeliness({ lags }: KpiFacts): Kpi {
  const hours = (ms: number | null) => (ms === null ? null : (ms / MS_PER_HOUR).toFixed(2));
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
          hours(value),
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

function leakage({ cases, manifest, findings }: KpiFacts): Kpi {
  const own = cases.filter((item) => item.runId === manifest.runId);
  const asset = own[0]?.money.potential.asset ?? findings[0]?.impact.asset ?? `${manifest.currency}/6`;
  const total = (state: keyof Case['money'], loss: boolean) =>
    own.reduce((sum, { money }) => {
      const minor = BigInt(money[state].minor);
      return minor > 0n === loss ? sum + minor : sum;
    }, 0n);
  const found = (loss: boolean) =>
    findings.reduce(
      (sum, { impact }) => (BigInt(impact.minor) > 0n === loss ? sum + BigInt(impact.minor) : sum),
      0n,
    );
  const sides = [
    ['under-charged', true],
    ['over-charged', false],
  ] as const;
  return {
    id: 'K11',
    title: 'Leakage identified, confirmed, recovered, given up',
    figures: sides.flatMap(([side, loss]) => [
      moneyFigure(`${side}: identified`, found(loss), asset, 'all findings of the run'),
      moneyFigure(`${side}: waiting for a decision`, total('potential', loss), asset, 'cases'),
      moneyFigure(`${side}: confirmed, not moved yet`, total('confirmed', loss), asset, 'cases'),
      moneyFigure(
        `${side}: recovered`,
        total('recovered', loss),
        asset,
        'cases, as verification measured it',
      ),
      moneyFigure(`${side}: given up`, total('unrecoverable', loss), asset, 'cases'),
    ]),
    behind: { kind: 'cases' },
  };
}

function coverage({ manifest, catalogue }: KpiFacts): Kpi {
  const looked = manifest.controls.filter(({ outcome }) => outcome === 'pass' || outcome === 'breach');
  const areas = [...new Set(catalogue.map((id) => id.slice(0, 1)))].sort();
  const within = (area: string, ids: readonly string[]) => ids.filter((id) => id.startsWith(area)).length;
  const ids = looked.map(({ controlId }) => controlId);
  return {
    id: 'K12',
    title: 'Control coverage',
    figures: [
      ...areas.map((area) =>
        figure(
          `area ${area}`,
          'ratio',
          ratio(BigInt(within(area, ids)), BigInt(within(area, catalogue))),
          `${within(area, ids)} of ${within(area, catalogue)} controls looked`,
          'the catalogue has none',
        ),
      ),
      moneyFigure(
        'revenue under control',
        micros(manifest.conservation.expected),
        `${manifest.currency}/6`,
        'expected charges that were looked at',
      ),
    ],
    behind: { kind: 'controls' },
  };
}

function precision({ cases }: KpiFacts): Kpi {
  const ended = cases.filter(({ resolution }) => resolution !== null && resolution !== 'no-longer-found');
  const wrong = ended.filter(({ resolution }) => resolution === 'false-positive').length;
  return {
    id: 'K13',
    title: 'Control precision',
    figures: [
      figure(
        'cases that were none',
        'ratio',
        ratio(BigInt(wrong), BigInt(ended.length)),
        `${wrong} of ${ended.length} cases that were decided`,
        'no case was decided yet',
      ),
      figure(
        'precision',
        'ratio',
        ratio(BigInt(ended.length - wrong), BigInt(ended.length)),
        `${ended.length - wrong} of ${ended.length}`,
        'no case was decided yet',
      ),
    ],
    behind: { kind: 'cases' },
  };
}

/** Medians over cases, from the audit trail. The start of a fault is its first event. */
function response({ cases, events, findings }: KpiFacts): Kpi {
  const at = (caseId: string, kind: string) => {
    const found = events.find((event) => event.caseId === caseId && event.kind === kind);
    return found === undefined ? undefined : Date.parse(found.at);
  };
  const steps = cases.map((item) => ({
    start: utc(findings.find(({ findingId }) => findingId === item.findingId)?.firstEvent),
    detected: at(item.caseId, 'case-opened'),
    decided: at(item.caseId, 'decision-recorded'),
    verified: at(item.caseId, 'remedy-verified'),
  }));
  const between = (
    name: string,
    from: keyof (typeof steps)[number],
    to: keyof (typeof steps)[number],
  ): Figure => {
    const spans = steps.flatMap((step) => {
      const [a, b] = [step[from], step[to]];
      return a === undefined || b === undefined ? [] : [b - a];
    });
    const middle = median(spans);
    return figure(
      name,
      'hours',
      middle === null ? null : (middle / MS_PER_HOUR).toFixed(2),
      `median of ${spans.length} cases`,
      'no case has come so far',
    );
  };
  return {
    id: 'K14',
    title: 'Time from fault to verified remedy',
    figures: [
      between('fault to detected', 'start', 'detected'),
      between('detected to decided', 'detected', 'decided'),
      between('decided to verified', 'decided', 'verified'),
    ],
    behind: { kind: 'cases' },
  };
}

function dataQuality({ manifest, hop, sums }: KpiFacts): Kpi {
  const missing = manifest.coverage.reduce((sum, feed) => sum + feed.missing.length, 0);
  const shifted = manifest.controls.some(({ controlId }) => controlId === 'U15');
  return {
    id: 'K15',
    title: 'Data quality',
    figures: [
      figure(
        'feed slots missing',
        'records',
        String(missing),
        manifest.coverage
          .filter((feed) => feed.missing.length > 0)
          .map((feed) => feed.dataset)
          .join(', ') || 'none',
        '',
      ),
      figure(
        'usage records rejected',
        'records',
        String(hop.quarantined),
        'in quarantine, with reason and byte offset',
        '',
      ),
      figure(
        'sessions with a shifted clock',
        'records',
        shifted ? String(recordsOf(sums, (sum) => sum.controlId === 'U15')) : null,
        'violations of U15',
        'U15 was not run',
      ),
    ],
    behind: { kind: 'slots' },
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

function figure(
  name: string,
  unit: Figure['unit'],
  value: string | null,
  basis: string,
  reason: string,
): Figure {
  return value === null ? { name, unit, value, basis, reason } : { name, unit, value, basis };
}

function moneyFigure(name: string, minor: bigint, asset: string, basis: string): Figure {
  const money = { minor: minor.toString(), asset } as MoneyJson;
  return { name, unit: 'money', value: decimal(minor), money, basis };
}

function recordsOf(sums: readonly ViolationSum[], counts: (sum: ViolationSum) => boolean): number {
  return sums.filter(counts).reduce((total, { records }) => total + records, 0);
}

function utc(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(`${text.replace(' ', 'T').replace(/Z$/, '')}Z`);
}

function micros(amount: string): bigint {
  return parseMoney(amount, 'XXX/6').minor;
}

function decimal(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(7, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
