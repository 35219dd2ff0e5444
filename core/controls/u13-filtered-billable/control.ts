import type { Control } from '#core/controls/control.ts';

/** Billable records that a filter dropped. See README.md. */
export const u13FilteredBillable: Control = Object.freeze({
  id: 'U13',
  title: 'Billable records that a filter dropped',
  stage: 'mediation',
  compares:
    'Records that mediation dropped on purpose against the rule that it names, which may say that they are billable',
  needs: ['suspense', 'filter_rule', 'usage', 'rated'],
  grain: 'check',
  also: ['file_trailer'],
  scope: 'day',
  noun: ['record', 'records'],
  tolerance: { records: '0' },
  rank: 113,
  symptoms: {
    'filtered-billable': 'dropped by a filter although they are billable',
    'filtered-without-rule': 'dropped by a filter that no rule allows',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Mediation operations',
  dimensions: ['source', 'service'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Record ${key} (${v.service} from ${v.source}) was ${symptom}: worth about ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
