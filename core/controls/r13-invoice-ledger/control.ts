import type { Control } from '#core/controls/control.ts';

/** From postings to invoices to the ledger. See README.md. */
export const r13InvoiceLedger: Control = Object.freeze({
  id: 'R13',
  title: 'Billed but not invoiced, or invoiced but not in the ledger',
  stage: 'invoicing',
  compares:
    'Usage and fees posted to each account in the bill cycle of the month against its invoice lines, and each invoice against its bookings',
  needs: ['billed', 'invoice_line', 'ledger_entry'],
  grain: 'check',
  scope: 'month',
  noun: ['total', 'totals'],
  tolerance: { absolute_eur: '0.05', relative_per_mille: '1', lag_days: '20' },
  rank: 213,
  symptoms: {
    'not-invoiced': 'billed and not on an invoice',
    'invoiced-otherwise': 'invoiced at another amount than billed',
    'not-booked': 'invoiced and not in the ledger',
    'booked-otherwise': 'in the ledger at another amount than invoiced',
    'booked-without-invoice': 'in the ledger without an invoice',
  },
  ruleVersion: '3',
  severity: 'high',
  owner: 'Finance',
  dimensions: ['segment'],
  window: { before: 45, after: 60 },
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Total ${key} of ${v.dt.slice(0, 7)} is ${symptom}: ${expected} ${currency} against ${charged}, impact ${impact}`,
} satisfies Control);
