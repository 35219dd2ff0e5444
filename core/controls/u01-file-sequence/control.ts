import type { Control } from '#core/controls/control.ts';

/** Gaps and repeats in the numbers of files. See README.md. */
export const u01FileSequence: Control = Object.freeze({
  id: 'U01',
  title: 'Gaps and repeats in the numbers of files',
  stage: 'mediation',
  compares: 'The sequence number of every file of a source against that of the file before it',
  needs: ['file_trailer', 'usage', 'rated'],
  grain: 'check',
  scope: 'day',
  noun: ['file gap', 'file gaps'],
  window: { before: 1 },
  tolerance: { files: '0' },
  rank: 101,
  symptoms: {
    'files-missing': 'between two files whose numbers do not follow each other',
    'trailer-missing': 'without trailers although records of them arrived',
    'number-repeated': 'with a number that was used before',
    'numbers-restarted': 'where numbers begin again before the last one was reached',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Mediation operations',
  dimensions: ['source', 'service'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Files ${key} of ${v.source} are ${symptom}: about ${v.records} records of ${v.service ?? 'any service'}, worth ${expected} ${currency}, charged ${charged}, impact ${impact}, until their content is known`,
} satisfies Control);
