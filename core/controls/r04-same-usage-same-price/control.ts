import type { Control } from '#core/controls/control.ts';

/** The same usage at two prices. See README.md. */
export const r04SameUsageSamePrice: Control = Object.freeze({
  id: 'R04',
  title: 'The same usage at different prices',
  stage: 'rating',
  compares:
    'Charges of rated items with the same service, quantity, zone, offer, tariff version and hour against one another, across engines and rating paths',
  needs: ['rated', 'subscription', 'catalog', 'tariff'],
  grain: 'check',
  scope: 'day',
  noun: ['rated item', 'rated items'],
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1' },
  rank: 204,
  symptoms: {
    'differs-by-engine': 'priced otherwise by another engine',
    'differs-by-path': 'priced otherwise on another rating path',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Rating',
  dimensions: ['rating_source', 'service', 'zone', 'offer_id', 'tariff_id'],
  right: 'rated',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Rated item ${key} (${v.service}, ${v.quantity} units to ${v.zone}, by ${v.rating_source}) is ${symptom}: most of the same usage cost ${expected} ${currency}, this ${charged}, impact ${impact}`,
} satisfies Control);
