import type { Control } from '#core/controls/control.ts';

/** Charged by a fallback rate, or nothing at all. See README.md. */
export const r03DefaultOrZeroRate: Control = Object.freeze({
  id: 'R03',
  title: 'Charged by a fallback rate, or nothing at all',
  stage: 'rating',
  compares: 'Charges that the engine made without a rate, or at zero, against the price list',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1' },
  rank: 50,
  symptoms: {
    'default-rate': 'charged by the fallback rate',
    'zero-rate': 'charged zero although they have a price',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Rating and charging',
  dimensions: ['service', 'zone', 'offer_id', 'tariff_id', 'segment', 'source', 'rating_source'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}) was charged ${charged} ${currency} by ${v.rating_source ?? 'no engine'} (${symptom}); the price list of ${v.tariff_id} version ${v.tariff_version} says ${expected}, impact ${impact}`,
} satisfies Control);
