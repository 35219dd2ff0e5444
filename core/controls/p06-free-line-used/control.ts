import type { Control } from '#core/controls/control.ts';

/** Test and internal lines with real use. See README.md. */
export const p06FreeLineUsed: Control = Object.freeze({
  id: 'P06',
  title: 'Test and internal lines with more use than tests need',
  stage: 'subscription',
  compares: 'Unbilled usage of test and internal lines per day against what tests need',
  needs: ['usage', 'rated', 'billed', 'subscription'],
  grain: 'check',
  scope: 'day',
  noun: ['line', 'lines'],
  tolerance: { absolute_eur: '20.00', records: '200' },
  rank: 306,
  symptoms: {
    'test-line-used': 'a test line and used beyond what tests need',
    'internal-line-used': 'internal and used beyond what is granted',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Network operations',
  dimensions: ['offer_id', 'segment'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Line ${key} had ${v.records} sessions on ${v.dt} (${symptom}): worth about ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
