import type { Control } from '#core/controls/control.ts';

/** The days agree, the fee does not. See README.md. */
export const r09RecurringFee: Control = Object.freeze({
  id: 'R09',
  title: 'Recurring fee of the right days at the wrong amount',
  stage: 'subscription',
  compares:
    'The recurring fee billed for the days that are served and billed against the monthly fee of the offer, pro rata',
  needs: ['subscription', 'network_profile', 'billed', 'catalog'],
  grain: 'subscription',
  tolerance: { absolute_eur: '0.02' },
  rank: 85,
  symptoms: {
    'fee-too-low': 'billed too low a recurring fee for the days served',
    'fee-too-high': 'billed too high a recurring fee for the days served',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Subscription ${key} with offer ${v.offer_id} was billed ${charged} ${currency} for ${v.charged_quantity} days of ${v.dt.slice(0, 7)} (${symptom}): expected ${expected}, of which ${impact} is the fee and not the days`,
} satisfies Control);
