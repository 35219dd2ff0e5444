import type { Control } from '#core/controls/control.ts';
import { rateNeighbours } from './prepare.ts';

/** The same event billed as two sessions. See README.md. */
export const u09FuzzyDuplicate: Control = Object.freeze({
  id: 'U09',
  title: 'The same event billed as two sessions',
  stage: 'billing',
  compares:
    'Sessions of one line to one number against each other: start, duration, source, and whether both were billed',
  needs: ['usage', 'billed'],
  also: ['subscription', 'catalog', 'tariff', 'zone', 'holiday', 'allowance'],
  grain: 'check',
  scope: 'day',
  noun: ['session', 'sessions'],
  window: { before: 1, after: 1 },
  tolerance: { seconds: '2', units: '1' },
  rank: 109,
  symptoms: {
    'recorded-twice': 'recorded by two sources and billed for both',
    overlapping: 'billed while the same line was already talking to the same number',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['source', 'service'],
  right: 'none',
  prepare: rateNeighbours,
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service} from ${v.source}) is ${symptom}: expected ${expected} ${currency}, charged ${charged}, of which the copy makes ${impact} and a wrong price the rest`,
} satisfies Control);
