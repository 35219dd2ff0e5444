import type { Control } from '#core/controls/control.ts';

/** Charged another price than the price list says. See README.md. */
export const r01FullReRate: Control = Object.freeze({
  id: 'R01',
  title: 'Charged another price than the price list says',
  stage: 'rating',
  compares: 'The charge of every session against an independent re-rating',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1' },
  rank: 60,
  symptoms: {
    'wrong-offer': 'charged by the tariff of another offer',
    'wrong-zone': 'charged by the price of another zone',
    'wrong-time-band': 'charged by the price of the other time band',
    'price-differs': 'charged another price than the price list says',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Rating and charging',
  dimensions: ['service', 'zone', 'tariff_id', 'offer_id', 'segment', 'source', 'rating_source'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}, rated as ${v.charged_quantity ?? 'unknown'} units by version ${v.charged_version ?? 'unknown'}) was charged ${charged} ${currency}; ${v.tariff_id} version ${v.tariff_version} gives ${expected} (${symptom}), impact ${impact}`,
} satisfies Control);
