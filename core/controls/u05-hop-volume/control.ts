import type { Control } from '#core/controls/control.ts';

/** Rated for another quantity than was used. See README.md. */
export const u05HopVolume: Control = Object.freeze({
  id: 'U05',
  title: 'Rated for another quantity than was used',
  stage: 'rating',
  compares: 'The quantity that each session used against the quantity that it was rated for, in money',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1' },
  rank: 52,
  symptoms: {
    'quantity-differs': 'charged for another quantity than was used',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Rating and charging',
  dimensions: ['service', 'rating_source', 'source', 'zone', 'offer_id', 'segment', 'tariff_id'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units used, ${v.charged_quantity ?? 'unknown'} rated by ${v.rating_source ?? 'no engine'}) is ${symptom}: expected ${expected} ${currency}, charged ${charged}, of which the quantity makes ${impact}`,
} satisfies Control);
