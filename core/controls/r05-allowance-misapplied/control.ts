import type { Control } from '#core/controls/control.ts';
import { rateIncludedUsage } from './prepare.ts';

/** Usage charged as if the account had more or less included usage than it has. See README.md. */
export const r05AllowanceMisapplied: Control = Object.freeze({
  id: 'R05',
  title: 'Included usage given too much or too little',
  stage: 'rating',
  compares: 'What an account was charged for usage in the month against allowances drawn in event-time order',
  needs: ['rated', 'allowance', 'subscription', 'tariff'],
  also: ['allowance_balance', 'holiday'],
  grain: 'check',
  scope: 'month',
  noun: ['account', 'accounts'],
  tolerance: { absolute_eur: '0.01', relative_per_mille: '1' },
  rank: 205,
  symptoms: {
    'benefit-too-large': 'charged less than is left after their allowances',
    'benefit-not-given': 'charged although their allowances covered it',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Rating and charging',
  dimensions: ['offer_id', 'service', 'segment'],
  right: 'none',
  prepare: rateIncludedUsage,
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Account and service ${key} (${symptom}): ${expected} ${currency} is due for ${v.charged_quantity} of ${v.quantity} units beyond the allowances, ${charged} was charged, impact ${impact}`,
} satisfies Control);
