import type { Control } from '#core/controls/control.ts';

/** Sessions that a probe saw and no record tells of. See README.md. */
export const u17SignallingWithoutUsage: Control = Object.freeze({
  id: 'U17',
  title: 'Sessions that a probe saw and no record tells of',
  stage: 'network',
  compares: 'Sessions in signalling against usage: by correlation id, else by numbers, start and duration',
  needs: ['signalling', 'usage', 'rated'],
  grain: 'check',
  also: ['suspense', 'file_trailer'],
  scope: 'day',
  noun: ['session', 'sessions'],
  window: { before: 1, after: 1 },
  tolerance: { seconds: '2', units: '1' },
  rank: 117,
  symptoms: {
    'session-without-record': 'seen in signalling but not recorded',
    'session-of-lost-records': 'seen in signalling, of an hour whose records are lost',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Network operations',
  dimensions: ['service', 'source'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity ?? 0} units, seen by ${v.source}) is ${symptom}: worth about ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
