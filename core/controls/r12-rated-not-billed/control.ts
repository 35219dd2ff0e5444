import type { Control } from '#core/controls/control.ts';

/** Rated, without usage, never billed. See README.md. */
export const r12RatedNotBilled: Control = Object.freeze({
  id: 'R12',
  title: 'Rated but not billed, where no usage record shows it',
  stage: 'billing',
  compares: 'Rated items of which mediation has no record against items posted to accounts',
  needs: ['usage', 'rated', 'billed', 'subscription'],
  also: ['file_trailer', 'suspense'],
  grain: 'check',
  scope: 'day',
  noun: ['session', 'sessions'],
  tolerance: { lag_days: '2' },
  rank: 212,
  symptoms: {
    'rated-not-billed': 'rated, without a usage record and never billed',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['service', 'zone', 'offer_id', 'rating_source', 'tariff_id'],
  window: { before: 1, after: 3 },
  right: 'rated',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}, by ${v.rating_source}) is ${symptom}: rated at ${expected} ${currency}, billed ${charged}, impact ${impact}`,
} satisfies Control);
