import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { DIMENSIONS, type Dimension } from '#core/domain/violation.ts';
import { share } from '#core/investigation/fraction.ts';
import { plainDecimal } from '#core/investigation/plain-decimal.ts';
import { findSeparators, type ValueCount } from '#core/investigation/separation.ts';
import { populationParameters, type Selection, violationParameters } from '../selection.ts';

const SQL = new URL('../queries/by-dimension.sql', import.meta.url);
const VALUES_SHOWN = 6;

/** Share and violation rate of each value of each dimension, and the values that separate violations from the rest. */
export async function byDimension(selection: Selection): Promise<ReplyContent> {
  const { view, within } = selection;
  const rows = await view.query(SQL, {
    ...violationParameters(selection),
    ...populationParameters(selection, within),
  });
  const counts: (ValueCount & { impact: string })[] = rows.map((row) => ({
    dimension: row.dimension as Dimension,
    value: String(row.value),
    records: Number(row.records),
    sessions: Number(row.sessions),
    impact: plainDecimal(row.impact),
  }));
  const dimensions = DIMENSIONS.map((dimension) => describeDimension(dimension, counts, selection.limit));
  return {
    grain: view.grain(selection.finding.findingId),
    records: dimensions[0]?.records ?? 0,
    sessions: dimensions[0]?.sessions ?? 0,
    separates: findSeparators(counts).map((separator) => ({
      ...separator,
      share: { ...separator.share },
      population: { ...separator.population },
      rate: { ...separator.rate },
    })),
    dimensions,
    more: dimensions.some(({ valuesLeftOff }) => valuesLeftOff > 0),
  };
}

function describeDimension(
  dimension: Dimension,
  counts: readonly (ValueCount & { impact: string })[],
  limit = VALUES_SHOWN,
) {
  const values = counts.filter((count) => count.dimension === dimension);
  const records = values.reduce((sum, value) => sum + value.records, 0);
  const shown = values.slice(0, limit);
  return {
    dimension,
    records,
    sessions: values.reduce((sum, value) => sum + value.sessions, 0),
    values: shown.map((value) => ({
      value: value.value,
      records: value.records,
      share: share(value.records, records).percent,
      sessions: value.sessions,
      rate: share(value.records, value.sessions).percent,
      impact: value.impact,
    })),
    valuesLeftOff: values.length - shown.length,
  };
}
