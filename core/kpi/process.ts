/** KPIs of the process: what became of findings, what was covered, how fast, on what data. */
import type { Case, CaseResolution } from '#core/domain/case.ts';
import type { KpiFacts } from './facts.ts';
import { figure, hours, micros, moneyFigure, recordsOf } from './figures.ts';
import { type Figure, type Kpi, median, ratio } from './kpi.ts';

export function leakage({ cases, manifest, findings }: KpiFacts): Kpi {
  const own = cases.filter((item) => item.runId === manifest.runId);
  const asset = own[0]?.money.potential.asset ?? findings[0]?.impact.asset ?? `${manifest.currency}/6`;
  const total = (state: keyof Case['money'], loss: boolean) =>
    own.reduce((sum, { money, status }) => {
      // What stays potential beside a resolution waits for nobody.
      if (state === 'potential' && status === 'closed') return sum;
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
    title: 'Leakage identified, confirmed, recovered, prevented, given up',
    figures: sides
      .flatMap(([side, loss]) => [
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
      ])
      .concat(figure('prevented', 'money', null, '', 'nothing is forecast before a launch yet')),
    behind: { kind: 'cases' },
  };
}

export function coverage({ manifest, catalogue }: KpiFacts): Kpi {
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

/** Ended without a decision: nobody said whether they were right. */
const UNFOUND: readonly CaseResolution[] = ['no-longer-found', 'explained-by-timing'];

export function precision({ cases }: KpiFacts): Kpi {
  const ended = cases.filter(({ resolution }) => resolution !== null && !UNFOUND.includes(resolution));
  const timing = cases.filter(({ resolution }) => resolution === 'explained-by-timing').length;
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
      figure('explained by timing', 'records', String(timing), 'cases that late records explained', ''),
    ],
    behind: { kind: 'cases' },
  };
}

/** Medians over cases, from the audit trail. The start of a fault is its first event. */
export function response({ cases, events, findings }: KpiFacts): Kpi {
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
      middle === null ? null : hours(middle),
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

function utc(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(`${text.replace(' ', 'T').replace(/Z$/, '')}Z`);
}

export function dataQuality({ manifest, hop, sums }: KpiFacts): Kpi {
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
    behind: { kind: 'quality' },
  };
}
