import { z } from 'zod';

/** What can be looked up, a closed list. */
export const BILLING_SUBJECTS = ['record', 'subscription', 'tariff-in-force'] as const;
export type BillingSubject = (typeof BILLING_SUBJECTS)[number];

/** Parameters of the tool: selectors inside the finding of the session. A key outside it is not found. */
export const billingLookupInput = z.strictObject({
  subject: z
    .enum(BILLING_SUBJECTS)
    .describe(
      'record: usage, rated and billed items of one session; subscription: CRM, network and recurring fees of one subscription; tariff-in-force: price rows that applied',
    ),
  key: z
    .string()
    .max(200)
    .optional()
    .describe(
      'Key of a record of the finding, as sample-records gave it; default: the record with the largest impact',
    ),
});
export type BillingLookupInput = z.infer<typeof billingLookupInput>;

/** The tool as agents see it. */
export const billingLookup = {
  name: 'billing-lookup',
  description:
    'Shows what the systems hold about one record of the finding: usage, rated and billed items side by side, the subscription in CRM and network, ' +
    'recurring fees and adjustments, and the price rows in force at the event. Amounts are decimal strings without tax.',
  input: billingLookupInput,
} as const;
