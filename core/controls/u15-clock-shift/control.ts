import type { Control } from '#core/controls/control.ts';

/** Rated at another hour than it took place. See README.md. */
export const u15ClockShift: Control = Object.freeze({
  id: 'U15',
  title: 'Rated at another hour than it took place',
  stage: 'rating',
  compares: 'The start that every session was rated with against the start that the network recorded',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1', seconds: '2' },
  rank: 53,
  symptoms: {
    'clock-shifted': 'rated as of whole hours before or after they began',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Rating and charging',
  dimensions: ['rating_source', 'source', 'service', 'zone', 'tariff_id', 'offer_id', 'segment'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}, began ${v.event_time}) is ${symptom} by ${v.rating_source ?? 'no engine'}: expected ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
