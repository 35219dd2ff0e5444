import type { Control } from '#core/controls/control.ts';

/** Usage that was never billed. See README.md. */
export const u06MissingDownstream: Control = Object.freeze({
  id: 'U06',
  title: 'Usage that was never billed',
  stage: 'billing',
  compares: 'Sessions that the network recorded against items posted to accounts, one by one',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: {},
  rank: 20,
  symptoms: {
    'missing-at-rating': 'used but not rated',
    'missing-at-billing': 'rated but not billed',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['service', 'zone', 'offer_id', 'segment', 'source', 'rating_source', 'tariff_id'],
  right: 'rated',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}) is ${symptom}: expected ${expected} ${currency}, billed ${charged}, impact ${impact}`,
} satisfies Control);
