import type { Control } from '#core/controls/control.ts';

/** Balances that moved by another amount than usage cost. See README.md. */
export const u18BalanceDelta: Control = Object.freeze({
  id: 'U18',
  title: 'Balances that moved by another amount than usage cost',
  stage: 'rating',
  compares:
    'What left the prepaid balance of every subscription on a day against the rated cost of its sessions',
  needs: ['balance_movement', 'rated', 'billed'],
  grain: 'check',
  scope: 'day',
  noun: ['subscription day', 'subscription days'],
  window: { before: 7, after: 1 },
  tolerance: { absolute_eur: '0.01', relative_per_mille: '1' },
  rank: 118,
  symptoms: {
    'balance-charged-less': 'whose balance fell by less than the rated cost',
    'balance-charged-more': 'whose balance fell by more than the rated cost',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Rating and charging',
  dimensions: ['service', 'offer_id'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Balance ${key} of ${v.subscription_id} is ${symptom}: rated ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
