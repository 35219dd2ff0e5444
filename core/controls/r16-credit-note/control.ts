import type { Control } from '#core/controls/control.ts';

/** Credits without approval, or again and again. See README.md. */
export const r16CreditNote: Control = Object.freeze({
  id: 'R16',
  title: 'Credit notes without approval, or repeated',
  stage: 'invoicing',
  compares: 'Credit lines of invoices against the approval that they name and against one another',
  needs: ['invoice_line'],
  grain: 'check',
  scope: 'day',
  noun: ['credit', 'credits'],
  tolerance: { records: '3' },
  rank: 216,
  symptoms: {
    'no-approval': 'given without the reference of an approval',
    'approval-used-again': 'given under an approval that was used before',
    repeated: 'given again for the same reason within a month',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Finance',
  dimensions: ['segment'],
  window: { before: 31 },
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Credit ${key} of account ${v.account_id} is ${symptom}: approved ${expected} ${currency}, on the invoice ${charged}, impact ${impact}`,
} satisfies Control);
