import type { Control } from '#core/controls/control.ts';

/** Billed although the network does not serve the line. See README.md. */
export const p02BilledNotActive: Control = Object.freeze({
  id: 'P02',
  title: 'Billed although the network does not serve the line',
  stage: 'subscription',
  compares:
    'Days that a recurring fee covers against days on which the network serves the line, per subscription and month',
  needs: ['subscription', 'network_profile', 'billed', 'catalog'],
  grain: 'subscription',
  tolerance: { lag_days: '2' },
  rank: 80,
  symptoms: {
    'billed-not-active': 'billed a recurring fee without being served',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Provisioning',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Subscription ${key} with offer ${v.offer_id} was billed for ${v.charged_quantity} days of ${v.dt.slice(0, 7)} and served on ${v.quantity} (${symptom}): expected ${expected} ${currency}, billed ${charged}, impact ${impact}`,
} satisfies Control);
