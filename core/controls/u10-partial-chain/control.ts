import type { Control } from '#core/controls/control.ts';

/** Chains of partial records that do not add up. See README.md. */
export const u10PartialChain: Control = Object.freeze({
  id: 'U10',
  title: 'Chains of partial records that do not add up',
  stage: 'mediation',
  compares: 'The partials of every cut session against an unbroken chain from the first to one final record',
  needs: ['usage', 'rated'],
  grain: 'check',
  also: ['file_trailer'],
  scope: 'day',
  noun: ['session', 'sessions'],
  window: { after: 1 },
  tolerance: { records: '0', lag_hours: '24' },
  rank: 110,
  symptoms: {
    'partial-missing': 'without a partial in the middle',
    'final-twice': 'with more than one final partial',
    'no-final': 'without a final partial',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Mediation operations',
  dimensions: ['source', 'service'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service} from ${v.source}) has a broken chain, ${symptom}: expected ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
