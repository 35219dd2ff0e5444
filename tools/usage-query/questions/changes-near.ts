import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { parsePeriod } from '#core/domain/period.ts';
import { DIMENSIONS, type Dimension } from '#core/domain/violation.ts';
import { isoInstant } from '#core/investigation/bursts.ts';
import { share } from '#core/investigation/fraction.ts';
import { NO_VALUE } from '#core/investigation/separation.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import type { UsageQueryInput } from '../schema.ts';
import { populationParameters, type Selection, violationParameters } from '../selection.ts';

const CHANGES = new URL('../queries/changes-near.sql', import.meta.url);
const DIMENSION_VALUES = new URL('../queries/by-dimension.sql', import.meta.url);
const FIRST = new URL('../queries/finding-summary.sql', import.meta.url);
const SERIES = new URL('../queries/daily-series.sql', import.meta.url);

const MS_PER_HOUR = 3_600_000;
const HOURS_BEFORE = 168;

/**
 * Changes of the log from a week before the first violation (for subscriptions: before the month) until a fifth
 * of the records has been affected, because a few stray ones may come before the onset. Each with
 * the values of the finding that its target and description name, and with those that they name and it has not.
 */
export async function changesNear(selection: Selection, input: UsageQueryInput): Promise<ReplyContent> {
  const { view, finding } = selection;
  const whole = {
    ...selection,
    from: finding.firstEvent.slice(0, 10),
    to: finding.lastEvent.slice(0, 10),
    within: {},
  };
  const [summary] = await view.query(FIRST, violationParameters(whole));
  const first = Date.parse(String(summary?.first_event ?? finding.firstEvent));
  const monthly = view.grain(finding.findingId) === 'subscription';
  const start = monthly
    ? Math.min(first, Date.parse(`${parsePeriod(finding.period).from}T00:00:00Z`))
    : first;
  const after =
    input.from === undefined ? start - HOURS_BEFORE * MS_PER_HOUR : Date.parse(`${input.from}T00:00:00Z`);
  const before =
    input.to === undefined ? null : isoInstant(Date.parse(`${input.to}T00:00:00Z`) + 24 * MS_PER_HOUR);
  const limit = selection.limit ?? 25;
  const rows = await view.query(CHANGES, {
    after: isoInstant(after),
    before,
    finding: finding.findingId,
    limit: limit + 1,
  });
  const values = await view.query(DIMENSION_VALUES, {
    ...violationParameters(whole),
    ...populationParameters(selection, {}),
  });
  const days = await view.query(SERIES, {
    ...violationParameters({ ...whole, from: parsePeriod(finding.period).from }),
    ...populationParameters(selection, finding.segment),
  });
  return {
    firstViolation: isoInstant(first),
    changes: rows.slice(0, limit).map((row) => changeOf(row, first, values, days)),
    more: rows.length > limit,
  };
}

function changeOf(
  row: WarehouseRow,
  first: number,
  values: readonly WarehouseRow[],
  days: readonly WarehouseRow[],
) {
  const at = Date.parse(String(row.changed_at));
  const [changeDay, firstDay] = [isoInstant(at).slice(0, 10), isoInstant(first).slice(0, 10)];
  const between = days.filter(({ day }) => String(day) > changeDay && String(day) < firstDay);
  return {
    changeId: String(row.change_id),
    changedAt: isoInstant(at),
    system: String(row.system),
    kind: String(row.kind),
    target: String(row.target),
    description: String(row.description),
    hoursBeforeFirstViolation: tenths(Math.round((first - at) / 60_000)),
    unaffectedSessionsBetween: between.reduce((sum, { sessions }) => sum + Number(sessions), 0),
    recordsBefore: { ...share(Number(row.records_before), Number(row.records)) },
    hoursToNextRecord:
      row.next_record === null
        ? null
        : tenths(Math.round((Date.parse(String(row.next_record)) - at) / 60_000)),
    names: DIMENSIONS.flatMap((dimension) =>
      namedValues(dimension, `${row.target} ${row.system}`, String(row.description), values),
    ),
  };
}

/** Data that is not the service of that name. */
const DATA_OF_ANOTHER_KIND = /\b(time zone|master|reference|test|personal|customer) data\b/g;

/**
 * The values of a dimension that a change names (`inTarget`: in its target or system, not only in its text), with the share of the finding's records and of all sessions that have
 * each. A share of 0.00 speaks against the change; null says that the records do not carry the dimension.
 */
function namedValues(
  dimension: Dimension,
  target: string,
  description: string,
  values: readonly WarehouseRow[],
) {
  const own = values.filter((value) => value.dimension === dimension);
  const records = own.reduce((sum, value) => sum + Number(value.records), 0);
  const sessions = own.reduce((sum, value) => sum + Number(value.sessions), 0);
  const unknown = own.find(({ value }) => value === NO_VALUE);
  // Where the records carry no value of the dimension, a name neither fits nor contradicts.
  const silent = Number(unknown?.records ?? 0) * 2 > records;
  const inTarget = wordsOf(target);
  const words = new Set([...inTarget, ...wordsOf(description)]);
  return own
    .filter(({ value }) => /[a-z]/i.test(String(value)) && words.has(String(value).toLowerCase()))
    .map((value) => ({
      dimension,
      value: String(value.value),
      inTarget: inTarget.has(String(value.value).toLowerCase()),
      recordsPercent: silent ? null : share(Number(value.records), records).percent,
      sessionsPercent: share(Number(value.sessions), sessions).percent,
    }));
}

/** The words of a text in lower case, names with their joining signs whole. */
function wordsOf(text: string): Set<string> {
  return new Set(
    text
      .toLowerCase()
      .replace(DATA_OF_ANOTHER_KIND, '')
      .split(/[\s,;:()]+|\.(?=\s|$)/),
  );
}

/** Minutes as hours with one decimal, half up. */
function tenths(minutes: number): string {
  const scaled = Math.round(minutes / 6);
  const sign = scaled < 0 ? '-' : '';
  return `${sign}${Math.floor(Math.abs(scaled) / 10)}.${Math.abs(scaled) % 10}`;
}
