import type { Control } from '#core/controls/control.ts';

/** Files that do not hold what their trailer declares. See README.md. */
export const u03TrailerAudit: Control = Object.freeze({
  id: 'U03',
  title: 'Files that do not hold what their trailer declares',
  stage: 'mediation',
  compares:
    'The quantity and the records that the trailer of every file declares against a recount of the file',
  needs: ['file_trailer', 'usage', 'rated'],
  grain: 'check',
  scope: 'day',
  noun: ['file', 'files'],
  window: { before: 1 },
  tolerance: { units: '0', relative_per_mille: '1' },
  rank: 103,
  symptoms: {
    'volume-differs': 'with as many records as declared and another quantity',
    'more-than-declared': 'with more records than declared',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Mediation operations',
  dimensions: ['source', 'service'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `File ${key} of ${v.source} is ${symptom}: declared ${v.quantity ?? 0} units of ${v.service}, found ${v.charged_quantity ?? 0}; expected ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
