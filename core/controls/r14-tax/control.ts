import type { Control } from '#core/controls/control.ts';

/** Tax of an invoice that is not the rate times its base. See README.md. */
export const r14Tax: Control = Object.freeze({
  id: 'R14',
  title: 'Tax that is not the rate times the base',
  stage: 'invoicing',
  compares: 'Tax lines of each invoice and tax code against the rate in force on the date of the invoice',
  needs: ['invoice_line', 'tax_rate'],
  grain: 'check',
  scope: 'month',
  noun: ['invoice', 'invoices'],
  tolerance: { absolute_eur: '0.01' },
  rank: 214,
  symptoms: {
    'tax-too-low': 'taxed too little',
    'tax-too-high': 'taxed too much',
    'no-single-rate': 'taxed by a code that has no single rate on the date of the invoice',
    'no-tax-code': 'without a tax code on a charge',
  },
  ruleVersion: '1',
  severity: 'high',
  owner: 'Billing and tax',
  dimensions: [],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency }) =>
    `Invoice and tax code ${key} (${symptom}): tax of ${expected} ${currency} is due, ${charged} was billed, impact ${impact}`,
} satisfies Control);
