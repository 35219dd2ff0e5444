import type { Control } from '#core/controls/control.ts';

/** Allowance buckets that do not follow from what was granted, used and carried over. See README.md. */
export const r06AllowanceBalance: Control = Object.freeze({
  id: 'R06',
  title: 'Allowance buckets that do not add up',
  stage: 'rating',
  compares:
    'Each bucket of the charging engine against its month before, its grant, its roll-over and its sessions',
  needs: ['allowance_balance', 'allowance', 'rated', 'catalog', 'tariff', 'subscription'],
  grain: 'check',
  scope: 'month',
  window: { before: 31 },
  noun: ['bucket', 'buckets'],
  tolerance: { units: '0' },
  rank: 206,
  symptoms: {
    'does-not-add-up': 'closed with other units than opened, granted, used and lapsed make',
    'opening-differs': 'opened with other units than the month before closed with',
    'wrong-grant': 'granted other units than the offer says',
    'kept-too-long': 'carried over for longer than the offer says',
    'lapsed-early': 'lapsed before their time',
    'not-decremented': 'used by free sessions without being taken off',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Rating and charging',
  dimensions: ['offer_id', 'service', 'zone'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Allowance ${key} (${symptom}): ${v.quantity} units are due and ${v.charged_quantity} stand there, at least ${impact} ${currency} of usage (expected ${expected}, charged ${charged})`,
} satisfies Control);
