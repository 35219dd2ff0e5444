import { only, type SymptomKnowledge, symptom } from './symptom.ts';
import { PARTY_SYMPTOMS } from './symptoms-party.ts';
import { RATING_SYMPTOMS } from './symptoms-rating.ts';
import { USAGE_SYMPTOMS } from './symptoms-usage.ts';

/** Every symptom that a control of the product can yield; a test holds it against the registry of controls. */
export const SYMPTOMS: Readonly<Record<string, SymptomKnowledge>> = {
  ...USAGE_SYMPTOMS,
  ...RATING_SYMPTOMS,
  ...PARTY_SYMPTOMS,
};

/** The controls whose fees are those of orders and not of months share symptoms with the recurring ones. */
const BY_CONTROL: Readonly<Record<string, SymptomKnowledge>> = Object.fromEntries(
  ['fee-too-low', 'fee-too-high'].map((name) => [
    `R10/${name}`,
    symptom({
      mechanism: 'one-off fees are invoiced at another amount than the order says',
      causedBy: /order|fee|price|catalog|product|interface/i,
      systems: /billing|crm|catalog|product/i,
      evidence: 'check',
      ask: 'Correct the one-off fee and the invoices made with it.',
      plausible: [{ cause: 'One kind of customer is concerned', refutedBy: 'one-place' }],
    }),
  ]),
);

/** For a symptom that is not known here, such as one of a workspace's own control: nothing is assumed to cause it. */
export const UNKNOWN_SYMPTOM: SymptomKnowledge = symptom({
  mechanism: 'what was charged differs from what was expected',
  causedBy: /(?!)/,
  systems: /(?!)/,
  patienceHours: 0,
  remedy: only('ticket-only'),
  evidence: 'check',
  ask: 'Find out why.',
});

/** What is known of the symptom of a control. */
export function knowledgeOf(controlId: string, name: string): SymptomKnowledge {
  return BY_CONTROL[`${controlId}/${name}`] ?? SYMPTOMS[name] ?? UNKNOWN_SYMPTOM;
}
