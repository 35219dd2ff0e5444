import type { Control } from '#core/controls/control.ts';

/** Charged by another version of the tariff. See README.md. */
export const r02WrongTariffVersion: Control = Object.freeze({
  id: 'R02',
  title: 'Charged by another version of the tariff',
  stage: 'rating',
  compares: 'The amount rated for every session against what each other version of its tariff would give',
  needs: ['usage', 'rated', 'billed', 'subscription', 'catalog', 'tariff', 'zone'],
  grain: 'record',
  tolerance: { absolute_eur: '0.001', relative_per_mille: '1' },
  rank: 54,
  symptoms: {
    'wrong-version': 'charged by another version of the tariff',
  },
  ruleVersion: '1',
  severity: 'medium',
  owner: 'Rating and charging',
  dimensions: ['service', 'zone', 'tariff_id', 'offer_id', 'segment', 'source', 'rating_source'],
  right: 'billed',
  match: new URL('./match.sql', import.meta.url),
  explain: ({ key, symptom, expected, charged, impact, currency, ...v }) =>
    `Session ${key} (${v.service}, ${v.quantity} units to ${v.zone}, rated by version ${v.charged_version ?? 'unknown'} of ${v.tariff_id}) has a ${symptom}: charged ${charged} ${currency}, version ${v.tariff_version} gives ${expected}, impact ${impact}`,
} satisfies Control);
