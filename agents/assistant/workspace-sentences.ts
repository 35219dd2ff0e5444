import type { Claim } from '#core/domain/case.ts';
import type { changesReply, feedsReply, kpisReply, recoverabilityReply, runsReply } from './replies.ts';
import { claim, count, counted, isZero, money, quoted, sentence } from './say.ts';

interface NotFound {
  readonly evidenceId: string;
  readonly runsInTotal?: number | undefined;
}

/** What there is instead, where no run of the period can be looked at. */
export const noRun = ({ evidenceId, runsInTotal }: NotFound): Claim[] =>
  runsInTotal === undefined
    ? []
    : [claim(`Of ${counted(runsInTotal, 'run')}, none is of that period.`, evidenceId)];

/** That a KPI does not exist, or no run to compute it from. */
export const noKpi = (kpi: string, reply: NotFound): Claim[] =>
  reply.runsInTotal === undefined ? [claim(`There is no figure of ${kpi}.`, reply.evidenceId)] : noRun(reply);

/** What can still be charged, and what lapses first. */
export function lapseClaims(reply: NonNullable<ReturnType<typeof recoverabilityReply.parse>>): Claim[] {
  const { evidenceId, openCases = 0, asOf, lapsesWithinDays, currency } = reply;
  const rows = (reply.cases ?? []).filter(({ nextLapse }) => nextLapse !== null).slice(0, 5);
  return [
    ...(reply.recoverableTotal === undefined || reply.lapsingTotal === undefined
      ? [
          claim(
            `On ${asOf} there are ${count(openCases)} cases whose money could lapse.`
              .replace('open cases', 'cases that are open')
              .replace('open case', 'case that is open'),
            evidenceId,
          ),
        ]
      : [
          claim(
            `On ${asOf}, ${money(reply.recoverableTotal, currency)} can still be charged; ${money(reply.lapsingTotal, currency)} of it lapses within ${lapsesWithinDays} days.`,
            evidenceId,
          ),
        ]),
    ...(reply.lapsedTotal === undefined || isZero(reply.lapsedTotal)
      ? []
      : [claim(`Lapsed already: ${money(reply.lapsedTotal, currency)}.`, evidenceId)]),
    ...rows.map(({ caseId, recoverable, nextLapse }) =>
      claim(
        `${caseId} holds ${money(recoverable, currency)}; it begins to lapse after ${nextLapse}.`,
        evidenceId,
      ),
    ),
  ];
}

/** Which feeds were complete, and what the others lack. */
export function feedClaims(reply: ReturnType<typeof feedsReply.parse>): Claim[] {
  const {
    evidenceId,
    period,
    feedsDeclared = 0,
    feedsComplete = 0,
    incomplete = [],
    notDeclared = [],
  } = reply;
  return [
    claim(
      `In the run of ${period}, ${count(feedsComplete)} of ${count(feedsDeclared)} feeds were complete and ${count(incomplete.length)} were not.`,
      evidenceId,
    ),
    ...incomplete.map(({ dataset, slotsMissing, slots }) =>
      claim(
        `Feed “${dataset}” lacks ${counted(slotsMissing, 'slot')}, the first of them “${slots[0] ?? ''}”.`,
        evidenceId,
      ),
    ),
    ...(notDeclared.length === 0
      ? []
      : [claim(`Nobody declared a feed of “${notDeclared.slice(0, 10).join('”, “')}”.`, evidenceId)]),
  ];
}

/** What the change log holds, newest first. */
export function changeClaims(reply: ReturnType<typeof changesReply.parse>): Claim[] {
  const { evidenceId, when, changesInTotal = 0, changes = [], changeLogLoaded } = reply;
  if (changeLogLoaded !== true)
    return [claim(`For ${when} no change log is loaded: 0 changes can be seen.`, evidenceId)];
  return [
    claim(`The change log has ${counted(changesInTotal, 'change')} for ${when}.`, evidenceId),
    ...changes.slice(0, 10).map(({ changeId, changedAt, system, kind, target, description }) => {
      const words = quoted(description);
      return claim(
        sentence(
          `${changeId} on ${changedAt.slice(0, 16).replace('T', ' ')} UTC, “${kind}” of “${target}” in “${system}”${words === undefined ? '' : `: ${words}`}`,
        ),
        evidenceId,
      );
    }),
  ];
}

/** The change of a name, as the log has it. */
export function changeNamedClaims(reply: ReturnType<typeof changesReply.parse>): Claim[] {
  const { evidenceId, changeId = '', changesInTotal = 0 } = reply;
  return changesInTotal === 0
    ? [claim(`The change log has ${count(changesInTotal)} changes of the name ${changeId}.`, evidenceId)]
    : changeClaims({ ...reply, when: '' }).slice(1);
}

/** The runs there are. */
export function runsClaims(reply: ReturnType<typeof runsReply.parse>): Claim[] {
  const { evidenceId, runsInTotal, runs } = reply;
  return [
    claim(`There ${runsInTotal === 1 ? 'is' : 'are'} ${counted(runsInTotal, 'run')}.`, evidenceId),
    ...runs
      .slice(0, 5)
      .map(({ runId, period, population, findings }) =>
        claim(
          `${runId} covers ${period}: ${count(population)} sessions and subscriptions, ${counted(findings, 'finding')}.`,
          evidenceId,
        ),
      ),
  ];
}

/** The figures asked for: those whose title has one of the words, else the first of each KPI. */
export function kpiClaims(reply: ReturnType<typeof kpisReply.parse>, words: readonly string[]): Claim[] {
  const { evidenceId, figures = [], period } = reply;
  const topics = words.filter(
    (word) => word.length > 4 && !/^(?:kpi|kpis|scorecard|value|indicators?)$/.test(word),
  );
  if (topics.includes('positives')) topics.push('precision');
  const named = figures.filter(({ title, name }) =>
    topics.some((word) => `${title} ${name}`.toLowerCase().includes(word)),
  );
  const chosen = (named.length > 0 ? named : figures).slice(0, 24);
  return [
    claim(`The figures are those of the run of ${period}.`, evidenceId),
    ...chosen.flatMap(({ kpi, title, name, unit, value, percent, reason }) => {
      const [what, which] = [quoted(title), quoted(name)];
      if (what === undefined || which === undefined) return [];
      if (value === null) {
        const why = quoted(reason ?? '');
        return why === undefined ? [] : [claim(`${kpi} ${what}, ${which}: not known, ${why}.`, evidenceId)];
      }
      const shown =
        percent !== undefined ? `${percent} %` : unit === 'money' ? money(value) : `${value} (${unit})`;
      return [claim(`${kpi} ${what}, ${which}: ${shown}.`, evidenceId)];
    }),
  ];
}
