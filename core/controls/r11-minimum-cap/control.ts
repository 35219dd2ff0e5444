import type { Control } from '#core/controls/control.ts';

/** Invoices below the minimum or above the maximum of the offer. See README.md. */
export const r11MinimumCap: Control = Object.freeze({
  id: 'R11',
  title: 'Below the minimum or above the maximum of the offer',
  stage: 'invoicing',
  compares: 'What a subscription was invoiced in the month against the minimum and maximum of its offer',
  needs: ['invoice_line', 'commitment', 'subscription'],
  also: ['discount'],
  grain: 'check',
  scope: 'month',
  noun: ['subscription', 'subscriptions'],
  tolerance: { absolute_eur: '0.01' },
  rank: 211,
  symptoms: {
    'below-minimum': 'invoiced less than the minimum',
    'above-maximum': 'invoiced more than the maximum',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Billing operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Subscription and month ${key} on ${v.offer_id} (${symptom}): ${expected} ${currency} is due, ${charged} was invoiced, impact ${impact} beside discounts that were not due`,
} satisfies Control);
