import type { Control } from '#core/controls/control.ts';

/** Too many records without a duration or volume. See README.md. */
export const u14ZeroDuration: Control = Object.freeze({
  id: 'U14',
  title: 'Too many records without a duration or volume',
  stage: 'network',
  compares: 'The share of records with a quantity of zero against the days before, per source and service',
  needs: ['usage', 'rated'],
  grain: 'check',
  scope: 'day',
  noun: ['source and service', 'sources and services'],
  window: { before: 28 },
  tolerance: { share_per_mille: '50', records: '200' },
  rank: 114,
  symptoms: {
    'zero-share-high': 'with more records of quantity zero than on any of the days before',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Network operations',
  dimensions: ['source', 'service'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `${v.records} records of ${key} are beyond the usual share of zero (${symptom}): worth about ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
