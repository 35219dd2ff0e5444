import type { Control } from '#core/controls/control.ts';

/** Served by the network but not billed. See README.md. */
export const p01ActiveNotBilled: Control = Object.freeze({
  id: 'P01',
  title: 'Served by the network but not billed',
  stage: 'subscription',
  compares:
    'Days on which the network serves a line against days that a recurring fee covers, per subscription and month',
  needs: ['subscription', 'network_profile', 'billed', 'catalog'],
  grain: 'subscription',
  tolerance: { lag_days: '2' },
  rank: 70,
  symptoms: {
    'active-not-billed': 'served by the network without a recurring fee',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Provisioning',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Subscription ${key} with offer ${v.offer_id} was served on ${v.quantity} days of ${v.dt.slice(0, 7)} and billed for ${v.charged_quantity} (${symptom}): expected ${expected} ${currency}, billed ${charged}, impact ${impact}`,
} satisfies Control);
