import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { parsePeriod } from '#core/domain/period.ts';
import { share } from '#core/investigation/fraction.ts';
import { type DayCount, describeOnset } from '#core/investigation/onset.ts';
import { plainDecimal } from '#core/investigation/plain-decimal.ts';
import type { UsageQueryInput } from '../schema.ts';
import { populationParameters, type Selection, violationParameters } from '../selection.ts';

const SERIES = new URL('../queries/daily-series.sql', import.meta.url);
const HOLIDAYS = new URL('../queries/holidays.sql', import.meta.url);

/** Violations and sessions of the finding's segment per day of the period, when it began, and its pattern in time. */
export async function dailySeries(selection: Selection, input: UsageQueryInput): Promise<ReplyContent> {
  const { finding, view, within } = selection;
  const period = parsePeriod(finding.period);
  const range = {
    from: input.from === undefined ? period.from : selection.from,
    to: input.to === undefined ? period.to : selection.to,
  };
  const rows = await view.query(SERIES, {
    ...violationParameters({ ...selection, ...range }),
    ...populationParameters(selection, { ...finding.segment, ...within }),
  });
  const days: DayCount[] = rows.map((row) => ({
    day: String(row.day),
    records: Number(row.records),
    sessions: Number(row.sessions),
  }));
  const active = days.filter((day) => day.records > 0);
  const holidays = await view.query(HOLIDAYS, { finding: finding.findingId, ...range });
  const onset = describeOnset(days);
  return {
    segment: finding.segment,
    onset: onset === undefined ? null : { ...onset },
    rateWhileActive: {
      ...share(
        active.reduce((sum, day) => sum + day.records, 0),
        active.reduce((sum, day) => sum + day.sessions, 0),
      ),
    },
    holidays: holidays.map((row) => ({ ...row })),
    days: rows.map((row) => ({
      day: String(row.day),
      records: Number(row.records),
      sessions: Number(row.sessions),
      impact: plainDecimal(row.impact),
    })),
  };
}
