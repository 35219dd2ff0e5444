import type { Control } from '#core/controls/control.ts';

/** Discounts that were not due: unknown, expired, or for somebody else. See README.md. */
export const r07DiscountEligibility: Control = Object.freeze({
  id: 'R07',
  title: 'Discounts outside of their validity or for somebody else',
  stage: 'invoicing',
  compares: 'Discount lines of invoices against the validity, offer and segment of the discount',
  needs: ['invoice_line', 'discount', 'subscription'],
  grain: 'check',
  scope: 'month',
  noun: ['discount', 'discounts'],
  tolerance: { absolute_eur: '0.01' },
  rank: 207,
  symptoms: {
    'unknown-discount': 'given though the catalogue has no such discount',
    'outside-validity': 'given though the discount was not valid in the period',
    'not-eligible': 'given to an offer or segment that the discount is not for',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Marketing and billing operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency }) =>
    `Discount ${key} (${symptom}): ${expected} ${currency} is due, ${charged} was given, impact ${impact}`,
} satisfies Control);
