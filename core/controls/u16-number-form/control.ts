import type { Control } from '#core/controls/control.ts';

/** Charged by the form in which a number was dialled. See README.md. */
export const u16NumberForm: Control = Object.freeze({
  id: 'U16',
  title: 'Charged by the form in which a number was dialled',
  stage: 'rating',
  compares: 'The zone that every session was charged by against the zone of its number in international form',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1' },
  rank: 56,
  symptoms: {
    'number-not-normalised': 'charged by the zone of the digits as they were dialled',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Rating and charging',
  dimensions: ['rating_source', 'zone', 'service', 'tariff_id', 'offer_id', 'segment', 'source'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}) is ${symptom}: expected ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
