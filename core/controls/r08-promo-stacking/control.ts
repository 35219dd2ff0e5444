import type { Control } from '#core/controls/control.ts';

/** Discounts that exclude each other, given together. See README.md. */
export const r08PromoStacking: Control = Object.freeze({
  id: 'R08',
  title: 'Discounts that exclude each other, given together',
  stage: 'invoicing',
  compares: 'Discount lines of an invoice among each other, within the exclusion groups of the catalogue',
  needs: ['invoice_line', 'discount', 'subscription'],
  grain: 'check',
  scope: 'month',
  noun: ['discount', 'discounts'],
  tolerance: { absolute_eur: '0.01' },
  rank: 208,
  symptoms: { stacked: 'given beside a discount of a better priority that excludes it' },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Marketing and billing operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency }) =>
    `Discount ${key} (${symptom}): ${expected} ${currency} is due beside the better one of its group, ${charged} was given, impact ${impact}`,
} satisfies Control);
