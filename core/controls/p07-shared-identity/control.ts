import type { Control } from '#core/controls/control.ts';

/** One SIM or number on two accounts. See README.md. */
export const p07SharedIdentity: Control = Object.freeze({
  id: 'P07',
  title: 'One SIM or number on two accounts at a time, or recycled too soon',
  stage: 'subscription',
  compares: 'SIM and number of each subscription against those of all other accounts in the same days',
  needs: ['subscription'],
  grain: 'check',
  scope: 'month',
  noun: ['subscription', 'subscriptions'],
  tolerance: { lag_days: '30' },
  rank: 307,
  symptoms: {
    'sim-on-two-accounts': 'on a SIM that another account has at the same time',
    'number-on-two-accounts': 'on a number that another account has at the same time',
    'number-recycled': 'on a number that another account had until shortly before',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Customer data',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Subscription pair ${key} of account ${v.account_id} is ${symptom}: expected ${expected} ${currency}, charged ${charged}, impact ${impact}, because fees and usage are judged line by line`,
} satisfies Control);
