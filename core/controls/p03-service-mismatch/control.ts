import type { Control } from '#core/controls/control.ts';

/** What the network allows against what was sold. See README.md. */
export const p03ServiceMismatch: Control = Object.freeze({
  id: 'P03',
  title: 'Services that the network allows and the offer does not include, or the reverse',
  stage: 'subscription',
  compares:
    'Services that the network allows a line, per subscription and month, against those that its offers in the CRM include',
  needs: ['subscription', 'network_profile', 'network_service', 'entitlement'],
  grain: 'check',
  scope: 'month',
  noun: ['service of a subscription', 'services of subscriptions'],
  tolerance: { lag_days: '2' },
  rank: 303,
  symptoms: {
    'service-not-sold': 'allowed by the network without being sold',
    'service-not-provisioned': 'sold without being allowed by the network',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Provisioning',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Service ${key} of offer ${v.offer_id} differs on ${v.quantity} days of ${v.dt.slice(0, 7)} (${symptom}): owed ${expected} ${currency}, sold for ${charged}, impact ${impact}`,
} satisfies Control);
