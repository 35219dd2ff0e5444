import type { Control } from '#core/controls/control.ts';

/** Billed although the network saw nothing. See README.md. */
export const u07Ghost: Control = Object.freeze({
  id: 'U07',
  title: 'Billed although the network saw nothing',
  stage: 'billing',
  compares: 'Items posted to accounts against sessions that the network recorded, one by one',
  needs: ['usage', 'billed'],
  grain: 'record',
  tolerance: {},
  rank: 30,
  symptoms: {
    'no-usage': 'billed without any usage behind them',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Billing operations',
  dimensions: ['service', 'offer_id', 'segment', 'rating_source', 'tariff_id'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Account ${v.account_id} was billed ${charged} ${currency} for session ${key}, which no network element recorded (${symptom}); expected ${expected}, impact ${impact}`,
} satisfies Control);
