import type { Control } from '#core/controls/control.ts';

/** Records missing between two stages. See README.md. */
export const u04HopCount: Control = Object.freeze({
  id: 'U04',
  title: 'Records missing between two stages',
  stage: 'mediation',
  compares:
    'Records that a stage declares or holds against records that the next stage holds, per hour, service and source',
  needs: ['usage', 'rated', 'billed', 'file_trailer', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'hop',
  tolerance: { records: '0' },
  rank: 10,
  symptoms: {
    'missing-at-mediation': 'declared by the network element but not received by mediation',
    'rated-without-usage': 'rated without any usage and never billed',
    'billed-without-rating': 'billed without having been rated',
  },
  ruleVersion: '2',
  severity: 'high',
  owner: 'Mediation operations',
  dimensions: ['service', 'source'],
  right: 'none',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `${v.records} ${v.service ?? ''} records of hour ${v.event_time} (${key}) are ${symptom}: declared or held ${v.quantity}, found ${v.charged_quantity}; impact ${impact} ${currency}${v.estimated ? ', estimated by the mean charge of the day' : ''} (expected ${expected}, charged ${charged})`,
} satisfies Control);
