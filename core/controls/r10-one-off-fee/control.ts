import type { Control } from '#core/controls/control.ts';

/** One-off fees of orders that are not on an invoice. See README.md. */
export const r10OneOffFee: Control = Object.freeze({
  id: 'R10',
  title: 'One-off fee not billed',
  stage: 'invoicing',
  compares: 'Fees of completed orders against one-off lines of invoices that name the order',
  needs: ['order_event', 'invoice_line'],
  grain: 'check',
  scope: 'day',
  noun: ['order', 'orders'],
  tolerance: { absolute_eur: '0.01', lag_days: '35' },
  rank: 210,
  symptoms: {
    'fee-not-billed': 'completed and its fee not on an invoice',
    'fee-too-low': 'invoiced at less than its fee',
    'fee-too-high': 'invoiced at more than its fee',
  },
  ruleVersion: '2',
  severity: 'medium',
  owner: 'Billing operations',
  dimensions: ['segment'],
  window: { after: 45 },
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Order ${key} of account ${v.account_id} is ${symptom}: fee ${expected} ${currency}, invoiced ${charged}, impact ${impact}`,
} satisfies Control);
