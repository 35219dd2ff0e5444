import type { Control } from '#core/controls/control.ts';

/** Sources that fell silent. See README.md. */
export const u02SilentFeed: Control = Object.freeze({
  id: 'U02',
  title: 'Sources that fell silent',
  stage: 'network',
  compares:
    'The time since the last file of every source against its usual interval, as of the newest arrival of any file',
  needs: ['file_trailer', 'usage', 'rated'],
  grain: 'check',
  scope: 'day',
  noun: ['silent source', 'silent sources'],
  window: { before: 7, after: 1 },
  tolerance: { factor_per_mille: '3000' },
  rank: 102,
  symptoms: {
    'feed-silent': 'from which nothing came for several times the usual interval',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Network operations',
  dimensions: ['source', 'service'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Source ${key} is ${symptom}: about ${v.records} records of ${v.service} would have come, worth ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
