import type { Control } from '#core/controls/control.ts';

/** Usage that arrived too late to be billed. See README.md. */
export const u11LateEvent: Control = Object.freeze({
  id: 'U11',
  title: 'Usage that arrived too late to be billed',
  stage: 'mediation',
  compares:
    'When the records of sessions without a bill item arrived against the cut-off, the close of their bill and the back-bill limit',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { lag_hours: '24', lag_days: '365' },
  rank: 15,
  symptoms: {
    late: 'not billed because they arrived after the cut-off',
    'after-bill-close': 'not billed because they arrived after the bill of their month',
    'past-back-bill-limit': 'not billed and can no longer be',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Mediation operations',
  dimensions: ['source', 'service', 'zone', 'offer_id', 'segment', 'rating_source', 'tariff_id'],
  right: 'rated',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units, began ${v.event_time}) from ${v.source} is ${symptom}: expected ${expected} ${currency}, billed ${charged}, impact ${impact}`,
} satisfies Control);
