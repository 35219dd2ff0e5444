import type { Control } from '#core/controls/control.ts';

/** CRM and billing know different plans. See README.md. */
export const p04PlanMismatch: Control = Object.freeze({
  id: 'P04',
  title: 'CRM and billing system know different plans',
  stage: 'subscription',
  compares:
    'Offer and monthly fee of each subscription in the CRM against those that the billing system has, on the last day of the month that both know',
  needs: ['subscription', 'billing_subscription', 'catalog', 'network_profile', 'billed'],
  grain: 'check',
  scope: 'month',
  noun: ['subscription', 'subscriptions'],
  tolerance: { absolute_eur: '0.01' },
  rank: 304,
  symptoms: {
    'offer-differs': 'billed under another offer than the one sold',
    'fee-differs': 'billed another monthly fee than that of the offer',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Subscription ${key} sold with offer ${v.offer_id} is ${symptom}: counted here ${expected} ${currency} by the CRM against ${charged} by billing, impact ${impact} (0 where the fees or usage of the month show it)`,
} satisfies Control);
