import type { Control } from '#core/controls/control.ts';

/** The same session billed twice. See README.md. */
export const u08ExactDuplicate: Control = Object.freeze({
  id: 'U08',
  title: 'The same session billed twice',
  stage: 'billing',
  compares: 'Items of one session against each other: same amount, service and time',
  needs: ['billed'],
  grain: 'record',
  tolerance: {},
  rank: 40,
  symptoms: {
    'billed-twice': 'billed more than once',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['service', 'zone', 'offer_id', 'segment', 'source', 'rating_source', 'tariff_id'],
  right: 'extra-billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency }) =>
    `Session ${key} is ${symptom}: expected ${expected} ${currency}, billed ${charged} in all, of which the repeated items make ${impact}`,
} satisfies Control);
