import { AgentToolError } from '#core/agent-tool/errors.ts';
import { parsePeriod } from '#core/domain/period.ts';
import type { Finding } from '#core/domain/run.ts';
import { DIMENSIONS, type Dimension } from '#core/domain/violation.ts';
import type { RunView } from '#core/investigation/run-view.ts';
import type { UsageQueryInput } from './schema.ts';

type DimensionValues = Partial<Record<Dimension, string>>;

/** The records that a question is about: those of the finding, in a range of days, with some values. */
export interface Selection {
  readonly view: RunView;
  readonly finding: Finding;
  readonly from: string;
  readonly to: string;
  readonly within: DimensionValues;
  readonly limit: number | undefined;
}

/**
 * Narrows the finding by the parameters, never beyond the period of the run. Throws AgentToolError INVALID_INPUT on an unknown dimension
 * or an empty range.
 *
 * What was asked is not repeated in replies: an agent could otherwise write a figure into its question and cite it.
 */
export function selectionOf(view: RunView, finding: Finding, input: UsageQueryInput): Selection {
  const period = parsePeriod(finding.period);
  const from = later(input.from ?? finding.firstEvent.slice(0, 10), period.from);
  const to = earlier(input.to ?? finding.lastEvent.slice(0, 10), period.to);
  if (from > to) {
    throw new AgentToolError('INVALID_INPUT', 'No day of the period lies between from and to.');
  }
  return { view, finding, from, to, within: readWithin(input.within), limit: input.limit };
}

const later = (a: string, b: string): string => (a > b ? a : b);
const earlier = (a: string, b: string): string => (a < b ? a : b);

/** Parameters that every query over violations takes: finding, days and one value or null per dimension. */
export function violationParameters(selection: Selection): Record<string, string | null> {
  const { finding, from, to, within } = selection;
  return { finding: finding.findingId, from, to, ...dimensionParameters('', within) };
}

/**
 * The same for the population, whose parameters have the prefix `p_`: subscriptions for findings about
 * subscriptions, sessions for all others.
 */
export function populationParameters(
  { view, finding }: Selection,
  values: DimensionValues,
): Record<string, string | null> {
  const grain = view.grain(finding.findingId) === 'subscription' ? 'subscription' : 'record';
  return { p_grain: grain, ...dimensionParameters('p_', values) };
}

function dimensionParameters(prefix: string, values: DimensionValues): Record<string, string | null> {
  return Object.fromEntries(DIMENSIONS.map((name) => [`${prefix}${name}`, values[name] ?? null]));
}

function readWithin(text: string | undefined): DimensionValues {
  const values: DimensionValues = {};
  for (const part of (text ?? '').split(';').map((item) => item.trim())) {
    if (part === '') continue;
    const [name = '', ...rest] = part.split('=');
    const dimension = DIMENSIONS.find((known) => known === name.trim());
    if (dimension === undefined || rest.length === 0) {
      throw new AgentToolError(
        'INVALID_INPUT',
        `within must be dimension=value, joined by ";". Dimensions: ${DIMENSIONS.join(', ')}.`,
      );
    }
    values[dimension] = checkedValue(dimension, rest.join('=').trim());
  }
  return values;
}

function checkedValue(dimension: Dimension, value: string): string {
  const isVersion = dimension === 'tariff_version' || dimension === 'charged_version';
  if (isVersion && !/^\d{1,9}$/.test(value)) {
    throw new AgentToolError('INVALID_INPUT', `${dimension} must be a whole number.`);
  }
  return value;
}
