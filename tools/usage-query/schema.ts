import { z } from 'zod';

/** What can be asked, a closed list. Each question is one SQL file and one function. */
export const USAGE_QUESTIONS = [
  'finding-summary',
  'daily-series',
  'hourly-series',
  'by-dimension',
  'sample-records',
  'version-comparison',
  'charge-ratio',
  'changes-near',
  'feed-health',
] as const;
export type UsageQuestion = (typeof USAGE_QUESTIONS)[number];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Parameters of the tool. They only select inside the finding that the invoking state machine put into the
 * session; run, case and finding are never parameters.
 */
export const usageQueryInput = z.strictObject({
  question: z.enum(USAGE_QUESTIONS).describe('What to find out about the finding under investigation'),
  within: z
    .string()
    .max(300)
    .optional()
    .describe(
      'Narrows the records to those with these values: dimension=value, several joined by ";", such as service=data;zone=eu',
    ),
  from: z
    .string()
    .regex(DAY)
    .optional()
    .describe('First UTC day, YYYY-MM-DD; default: first day of the finding'),
  to: z.string().regex(DAY).optional().describe('Last UTC day, YYYY-MM-DD; default: last day of the finding'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Largest number of rows in each list, 1 to 100'),
});
export type UsageQueryInput = z.infer<typeof usageQueryInput>;

/** The tool as agents see it. */
export const usageQuery = {
  name: 'usage-query',
  description:
    'Answers one closed question about the finding under investigation, with exact counts, shares, dates and decimal amounts computed by code. ' +
    'finding-summary: what was found and how much. daily-series: violations and sessions per day, onset and pattern. ' +
    'hourly-series: the hours and bursts. by-dimension: share and violation rate of each value of each dimension, and which separates. ' +
    'sample-records: single records with source file and offset. version-comparison: whether another tariff version, zone or time band gives exactly what was charged. ' +
    'charge-ratio: ratio of charged to expected, and of rated to used quantity. changes-near: change log around the onset. ' +
    'feed-health: missing files and quarantined records.',
  input: usageQueryInput,
} as const;
