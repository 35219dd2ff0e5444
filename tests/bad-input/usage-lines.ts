/** Header of a usage file with the columns that must be there. */
export const USAGE_HEADER =
  'record_id,correlation_id,partial_sequence,final_partial,source,service,a_number,b_number,start_time,session_start,quantity';

/** What a line of usage says; the rest is a voice call of a minute at noon. */
export interface UsageFields {
  readonly id?: string;
  readonly correlation?: string;
  readonly sequence?: string;
  readonly final?: string;
  readonly source?: string;
  readonly service?: string;
  readonly a?: string;
  readonly b?: string;
  readonly start?: string;
  readonly session?: string;
  readonly quantity?: string;
}

/** One line of usage, without its line break. */
export function usageLine(fields: UsageFields = {}): string {
  const { id = 'r1', start = '2026-10-14T12:00:00Z' } = fields;
  return [
    id,
    fields.correlation ?? `c-${id}`,
    fields.sequence ?? '1',
    fields.final ?? 'true',
    fields.source ?? 'msc-1',
    fields.service ?? 'voice',
    fields.a ?? '436641234567',
    fields.b ?? '436991234567',
    start,
    fields.session ?? start,
    fields.quantity ?? '60',
  ].join(',');
}

/** A usage file of these records. */
export function usageFile(...records: readonly UsageFields[]): string {
  return `${[USAGE_HEADER, ...records.map(usageLine)].join('\n')}\n`;
}
