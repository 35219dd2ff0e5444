import type { Control } from '#core/controls/control.ts';

/** Discounts that exclude each other, given together. See README.md. */
export const r08PromoStacking: Control = Object.freeze({
  id: 'R08',
  title: 'Discounts that exclude each other, or leave less than the floor',
  stage: 'invoicing',
  compares:
    'Discount lines of an invoice among each other, within the exclusion groups of the catalogue, and what all of them leave against the floor of the offer',
  needs: ['invoice_line', 'discount', 'subscription'],
  also: ['commitment'],
  grain: 'check',
  scope: 'month',
  noun: ['discount', 'discounts'],
  tolerance: { absolute_eur: '0.01' },
  rank: 208,
  symptoms: {
    stacked: 'given beside a discount of a better priority that excludes it',
    'below-floor': 'given beside others so that less than the floor is left',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Marketing and billing operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency }) =>
    `Discount ${key} (${symptom}): ${expected} ${currency} is due beside the others, ${charged} stands there, impact ${impact}`,
} satisfies Control);
