import type { Control } from '#core/controls/control.ts';

/** Records that mediation or rating put aside and that nobody brought back in time. See README.md. */
export const u12SuspenseAgeing: Control = Object.freeze({
  id: 'U12',
  title: 'Records that stay in suspense too long',
  stage: 'mediation',
  compares: 'Records put aside and not released against the time within which they should be',
  needs: ['suspense', 'usage', 'rated'],
  also: ['file_trailer'],
  grain: 'check',
  scope: 'day',
  noun: ['record', 'records'],
  tolerance: { lag_days: '3', attempts: '3' },
  rank: 112,
  symptoms: {
    'over-age': 'still in suspense after the time allowed',
    'tried-in-vain': 'sent in again as often as is allowed, in vain',
  },
  ruleVersion: '3',
  severity: 'high',
  owner: 'Mediation operations',
  dimensions: ['source', 'service'],
  window: { after: 3 },
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Record ${key} (${v.service} from ${v.source}) is in suspense, ${symptom}: worth about ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
