import { z } from 'zod';
import type { ToolReply } from '#core/investigation/playbook.ts';

/** What the playbook reads of the tools' replies. Fields that it does not name are not looked at. */
const share = z.object({ count: z.number(), of: z.number(), percent: z.string().nullable() });
const evidenceId = z.string();

export const summaryReply = z.object({
  evidenceId,
  controlId: z.string(),
  control: z.string(),
  period: z.string(),
  title: z.string(),
  direction: z.enum(['under-charged', 'over-charged']),
  symptom: z.string(),
  segment: z.record(z.string(), z.string()),
  grain: z.enum(['record', 'subscription', 'hop', 'check']),
  estimated: z.boolean(),
  amount: z.string(),
  currency: z.string(),
  /** Left out by replies of before checks were investigated. */
  violations: z.number().optional(),
  records: z.number(),
  subscriptions: z.number(),
  firstEvent: z.string(),
  lastEvent: z.string(),
});
export type Summary = z.infer<typeof summaryReply>;

export const healthReply = z.object({
  evidenceId,
  feedsChecked: z.number(),
  complete: z.boolean(),
  missing: z.array(z.object({ dataset: z.string(), slotsMissing: z.number() })),
  quarantinedRecords: z.number(),
});
export type Health = z.infer<typeof healthReply>;

export const dailyReply = z.object({
  evidenceId,
  onset: z
    .object({
      firstDay: z.string(),
      lastDay: z.string(),
      pattern: z.enum(['whole-period', 'from-onset', 'ended-early', 'window', 'intermittent', 'single-day']),
      daysAffected: z.number(),
      quietDaysBetween: z.number(),
      quietDaysBefore: z.number(),
      quietDaysAfter: z.number(),
    })
    .nullable(),
  rateWhileActive: share,
  holidays: z.array(z.object({ day: z.string(), name: z.string(), records: z.number() })),
});
export type Daily = z.infer<typeof dailyReply>;

export const dimensionReply = z.object({
  evidenceId,
  records: z.number(),
  dimensions: z
    .array(
      z.object({
        dimension: z.string(),
        values: z.array(z.object({ value: z.string(), records: z.number(), share: z.string().nullable() })),
      }),
    )
    .default([]),
  separates: z.array(
    z.object({ dimension: z.string(), value: z.string(), share, population: share, rate: share }),
  ),
});
export type Dimensions = z.infer<typeof dimensionReply>;

export const hourlyReply = z.object({
  evidenceId,
  firstHour: z.string().nullable(),
  lastHour: z.string().nullable(),
  burstCount: z.number(),
  bursts: z.array(z.object({ from: z.string(), to: z.string(), records: z.number() })),
});
export type Hourly = z.infer<typeof hourlyReply>;

export const versionReply = z.object({
  evidenceId,
  compared: z.number(),
  explanations: z.array(
    z.object({
      explanation: z.string(),
      value: z.string().nullish(),
      tariffVersion: z.number().nullish(),
      validTo: z.string().nullish(),
      exact: z.number(),
      percent: z.string().nullable(),
    }),
  ),
});
export type Versions = z.infer<typeof versionReply>;

export const ratioReply = z.object({
  evidenceId,
  records: z.number(),
  ratio: z.string().nullable(),
  comparableRecords: z.number(),
  atCommonRatio: z.number(),
  chargedZero: z.number(),
  quantity: z.object({
    recordsWithBoth: z.number(),
    differs: z.number(),
    ratio: z.string().nullable(),
    commonestRated: z.string().nullable(),
    commonestRatedRecords: z.number(),
  }),
});
export type Ratio = z.infer<typeof ratioReply>;

export const changesReply = z.object({
  evidenceId,
  firstViolation: z.string(),
  changes: z.array(
    z.object({
      changeId: z.string(),
      changedAt: z.string(),
      system: z.string(),
      kind: z.string(),
      target: z.string(),
      description: z.string(),
      hoursBeforeFirstViolation: z.string(),
      unaffectedSessionsBetween: z.number(),
      recordsBefore: share,
      hoursToNextRecord: z.string().nullable(),
      names: z.array(
        z.object({
          dimension: z.string(),
          value: z.string(),
          inTarget: z.boolean(),
          recordsPercent: z.string().nullable(),
          sessionsPercent: z.string().nullable(),
        }),
      ),
    }),
  ),
});
export type Changes = z.infer<typeof changesReply>;
export type Change = Changes['changes'][number];

export const samplesReply = z.object({
  evidenceId,
  records: z.array(
    z.object({
      key: z.string(),
      eventTime: z.string(),
      source: z.string().nullable(),
      quantity: z.string().nullable(),
      chargedQuantity: z.string().nullable(),
      expected: z.string().nullish(),
      charged: z.string().nullish(),
      left: z.object({ recordId: z.string().nullable() }).nullable(),
    }),
  ),
});
export type Samples = z.infer<typeof samplesReply>;

export const recordReply = z.object({
  evidenceId,
  key: z.string(),
  expected: z.string(),
  charged: z.string(),
  usage: z.array(z.object({ quantity: z.string().nullish(), fileId: z.string().nullish() })),
  rated: z.array(
    z.object({
      amount: z.string(),
      tariffVersion: z.number().nullish(),
      ratePath: z.string().nullish(),
      source: z.string().nullish(),
    }),
  ),
  billed: z.array(z.object({ billItemId: z.string(), chargeType: z.string(), amount: z.string() })),
});
export type BillingRecord = z.infer<typeof recordReply>;

export const subscriptionReply = z.object({
  evidenceId,
  subscriptionId: z.string(),
  expected: z.string(),
  charged: z.string(),
  validities: z.array(
    z.object({
      purpose: z.string(),
      offerId: z.string(),
      validFrom: z.string(),
      validTo: z.string().nullish(),
      networkStatus: z.string().nullish(),
      activeFrom: z.string().nullish(),
      activeTo: z.string().nullish(),
    }),
  ),
  recurringAndAdjustments: z.array(z.object({ amount: z.string() })),
});
export type Subscription = z.infer<typeof subscriptionReply>;

export const contractReply = z.object({
  evidenceId,
  passages: z.array(z.object({ contractId: z.string(), heading: z.string(), text: z.string() })),
});
export type Passages = z.infer<typeof contractReply>;

/** The reply in the form that is expected, or undefined: the tool answered with an error, and was not looked at. */
export function read<T>(schema: z.ZodType<T>, reply: ToolReply | undefined): T | undefined {
  const parsed = schema.safeParse(reply?.json);
  return parsed.success ? parsed.data : undefined;
}
