import type { Control } from '#core/controls/control.ts';

/** Invoice lines converted with another rate than that of their day. See README.md. */
export const r15Fx: Control = Object.freeze({
  id: 'R15',
  title: 'Converted with the wrong rate, direction or decimals',
  stage: 'invoicing',
  compares: 'Converted lines of invoices against the exchange rate of the day of the invoice',
  needs: ['invoice_line', 'fx_rate'],
  grain: 'check',
  scope: 'month',
  noun: ['invoice line', 'invoice lines'],
  tolerance: { absolute_eur: '0.001' },
  rank: 215,
  symptoms: {
    'inverse-rate': 'converted in the wrong direction',
    'wrong-decimals': 'rounded to other decimals than the rate says',
    'other-day': 'converted with the rate of another day',
    'other-rate': 'converted with a rate that was published on no day',
    'no-rate': 'converted although no rate of that day is published',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Billing and tax',
  dimensions: [],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency }) =>
    `Invoice line ${key} (${symptom}): ${expected} ${currency} is due at the rate of the day, ${charged} was billed, impact ${impact}`,
} satisfies Control);
