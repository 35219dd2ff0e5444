import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { DIMENSIONS, type Dimension } from '#core/domain/violation.ts';
import { isoInstant } from '#core/investigation/bursts.ts';
import { share } from '#core/investigation/fraction.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import { populationParameters, type Selection, violationParameters } from '../selection.ts';

const CHANGES = new URL('../queries/changes-near.sql', import.meta.url);
const DIMENSION_VALUES = new URL('../queries/by-dimension.sql', import.meta.url);
const FIRST = new URL('../queries/finding-summary.sql', import.meta.url);

const MS_PER_HOUR = 3_600_000;
const HOURS_BEFORE = 72;
const HOURS_AFTER = 6;
/** A change "meets" a value that at least half of the violations have. */
const MEETS_PERCENT = 50;

/** Changes of the log around the first violation, each with the values of the finding that its target names. */
export async function changesNear(
  selection: Selection,
  input: { from?: string | undefined; to?: string | undefined },
): Promise<ReplyContent> {
  const { view, finding } = selection;
  const whole = { ...selection, from: finding.firstEvent.slice(0, 10), to: finding.lastEvent.slice(0, 10) };
  const [summary] = await view.query(FIRST, violationParameters(whole));
  const onset = String(summary?.first_event ?? finding.firstEvent);
  const first = Date.parse(onset);
  const after =
    input.from === undefined ? first - HOURS_BEFORE * MS_PER_HOUR : Date.parse(`${input.from}T00:00:00Z`);
  const before =
    input.to === undefined ? first + HOURS_AFTER * MS_PER_HOUR : Date.parse(`${input.to}T24:00:00Z`);
  const limit = selection.limit ?? 25;
  const rows = await view.query(CHANGES, {
    after: isoInstant(after),
    before: isoInstant(before),
    limit: limit + 1,
  });
  const values = await view.query(DIMENSION_VALUES, {
    ...violationParameters(whole),
    ...populationParameters({}),
  });
  return {
    firstViolation: onset,
    changes: rows.slice(0, limit).map((row) => changeOf(row, first, values)),
    more: rows.length > limit,
  };
}

function changeOf(row: WarehouseRow, first: number, values: readonly WarehouseRow[]) {
  const minutes = Math.round((first - Date.parse(String(row.changed_at))) / 60_000);
  return {
    changeId: String(row.change_id),
    changedAt: String(row.changed_at),
    system: String(row.system),
    actor: String(row.actor),
    kind: String(row.kind),
    target: String(row.target),
    description: String(row.description),
    hoursBeforeFirstViolation: tenths(minutes),
    meets: DIMENSIONS.flatMap((dimension) => meeting(dimension, String(row.target), values)),
  };
}

/** The value of a dimension that the target names, with the share of violations that have it. */
function meeting(dimension: Dimension, target: string, values: readonly WarehouseRow[]) {
  const own = values.filter((value) => value.dimension === dimension);
  const violations = own.reduce((sum, value) => sum + Number(value.violations), 0);
  const words = new Set(target.toLowerCase().split(/[\s,;/:]+/));
  return own
    .filter((value) => words.has(String(value.value).toLowerCase()) && /[a-z]/i.test(String(value.value)))
    .filter((value) => Number(value.violations) * 100 >= MEETS_PERCENT * violations)
    .map((value) => ({
      dimension,
      value: String(value.value),
      percent: share(Number(value.violations), violations).percent,
    }));
}

/** Minutes as hours with one decimal, half up. */
function tenths(minutes: number): string {
  const scaled = Math.round(minutes / 6);
  const sign = scaled < 0 ? '-' : '';
  return `${sign}${Math.floor(Math.abs(scaled) / 10)}.${Math.abs(scaled) % 10}`;
}
