import type { Control } from '#core/controls/control.ts';

/** Usage after termination or barring. See README.md. */
export const p05UsageAfterEnd: Control = Object.freeze({
  id: 'P05',
  title: 'Usage of lines that are terminated or barred',
  stage: 'subscription',
  compares:
    'Usage against the end of the subscription of its number, and against the status of its line in the network',
  needs: ['usage', 'rated', 'billed', 'subscription', 'network_profile'],
  grain: 'check',
  scope: 'day',
  noun: ['session', 'sessions'],
  tolerance: { lag_hours: '24' },
  rank: 305,
  symptoms: {
    'used-after-end': 'used after the subscription had ended',
    'used-while-barred': 'used although the network bars the line',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Provisioning',
  dimensions: ['service', 'source', 'offer_id'],
  window: { before: 1, after: 1 },
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units) was ${symptom}: worth about ${expected} ${currency}, charged ${charged}, impact ${impact}`,
} satisfies Control);
