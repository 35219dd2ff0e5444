import type { Remedy } from '#core/domain/case.ts';

/** What is known of a symptom before looking: what it means, what can cause it, what repairs it. */
export interface SymptomKnowledge {
  /** The mechanism in words, without figures and names. */
  readonly mechanism: string;
  /** Words of the trade in the kind or target of a change that can cause it. */
  readonly causedBy: RegExp;
  /** Systems in which the cause lies; engines of rating are named by their own names. */
  readonly systems: RegExp;
  /** Hours after which the first record may come: as long as it takes until somebody uses what is broken. */
  readonly patienceHours: number;
  readonly remedy: { readonly under: Remedy; readonly over: Remedy };
  /** Which kind of price the records carry, and with it which tools say something. */
  readonly evidence: 'price' | 'flow' | 'hop' | 'fee';
  readonly severity: 'Critical' | 'Major' | 'Minor';
  /** What is asked of whoever gets the ticket. */
  readonly ask: string;
}

const bill = { under: 'rebill-adjustment', over: 'credit-note' } as const;

/** Every symptom that a control declares. */
export const SYMPTOMS: Readonly<Record<string, SymptomKnowledge>> = {
  'missing-at-mediation': {
    mechanism: 'records that the network element counted never reach the usage files',
    causedBy: /filter|rule|format|decod|collect|transfer|parser|software|upgrade/i,
    systems: /mediation/i,
    patienceHours: 48,
    remedy: { under: 'suspense-reprocessing', over: 'suspense-reprocessing' },
    evidence: 'hop',
    severity: 'Major',
    ask: 'Check which records mediation discards and process them again.',
  },
  'missing-at-rating': {
    mechanism: 'mediated usage never reaches the charging engine, so it is neither rated nor billed',
    causedBy: /rout|interface|queue|filter|feed|distribution|format/i,
    systems: /mediation|rating|ocs/i,
    patienceHours: 48,
    remedy: { under: 'suspense-reprocessing', over: 'suspense-reprocessing' },
    evidence: 'flow',
    severity: 'Major',
    ask: 'Restore the distribution to the charging engine and process the usage again.',
  },
  'missing-at-billing': {
    mechanism: 'rated items are not collected by billing',
    causedBy: /batch|job|collect|interface|bill-?run|schedul|feed/i,
    systems: /billing/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'flow',
    severity: 'Major',
    ask: 'Correct the collection of rated items and bill what is missing.',
  },
  'no-usage': {
    mechanism: 'charges are posted for sessions that the network never carried',
    causedBy: /replay|restore|recovery|test|reload|import|re-?rat|rerun/i,
    systems: /rating|billing|ocs/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'flow',
    severity: 'Critical',
    ask: 'Find out where these items come from, stop them and credit the customers.',
  },
  'billed-twice': {
    mechanism: 'charges are posted a second time',
    causedBy: /batch|job|replay|retry|rerun|posting|reload|re-?rat|schedul/i,
    systems: /billing|rating|ocs/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'flow',
    severity: 'Critical',
    ask: 'Make the posting idempotent and credit the repeated items.',
  },
  'wrong-version': {
    mechanism: 'the charging engine prices by a version of the tariff that is not in force',
    causedBy: /tariff|version|price|catalog|rate/i,
    systems: /rating|ocs|catalog/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Load the version in force and correct the charges since then.',
  },
  'wrong-offer': {
    mechanism: 'the charging engine prices by the tariff of another offer',
    causedBy: /tariff|offer|catalog|product|assignment|price/i,
    systems: /rating|ocs|crm|catalog/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Correct the assignment of offers to tariffs and the charges made by it.',
  },
  'wrong-zone': {
    mechanism: 'the charging engine prices by a zone that is not that of the destination',
    causedBy: /zone|prefix|number|destination|rout/i,
    systems: /rating|ocs/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Correct the zone table and the charges made by it.',
  },
  'wrong-time-band': {
    mechanism: 'the charging engine tells peak from off-peak by a wrong clock or calendar',
    causedBy: /time|clock|calendar|patch|holiday|operating|tariff/i,
    systems: /rating|ocs/i,
    // A wrong clock shows only at the edges of peak hours, and those only on working days.
    patienceHours: 120,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Correct the clock of the charging engine and the charges made by it.',
  },
  'quantity-differs': {
    mechanism: 'the charging engine rates another quantity than the network carried',
    causedBy: /software|upgrade|aggregat|assembl|unit|increment|rounding|format/i,
    systems: /mediation|rating|ocs/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Correct the assembly of partial records and the charges made from it.',
  },
  'price-differs': {
    mechanism: 'a price in the charging engine differs from the price list',
    causedBy: /tariff|price|discount|rate|catalog/i,
    systems: /rating|ocs|catalog/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Correct the price row and the charges made by it.',
  },
  'default-rate': {
    mechanism: 'the charging engine finds no rate and falls back to its default',
    causedBy: /zone|tariff|rate|prefix|destination|table/i,
    systems: /rating|ocs/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Complete the rate table and correct the charges made by the default.',
  },
  'zero-rate': {
    mechanism: 'the charging engine prices at zero what is not free',
    causedBy: /promo|campaign|flag|free|tariff|price|discount|rate/i,
    systems: /rating|ocs|catalog/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'price',
    severity: 'Major',
    ask: 'Remove the zero price and correct the charges.',
  },
  'active-not-billed': {
    mechanism: 'lines are served by the network and their recurring fee is not billed',
    causedBy: /migrat|provision|activat|account|interface|order/i,
    systems: /billing|crm|provisioning/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'fee',
    severity: 'Major',
    ask: 'Complete the accounts in billing and bill the missing days.',
  },
  'billed-not-active': {
    mechanism: 'recurring fees go on although the network no longer serves the line',
    causedBy: /terminat|cease|deactivat|disconnect|cancel|interface|provision/i,
    systems: /billing|crm|provisioning/i,
    patienceHours: 48,
    remedy: bill,
    evidence: 'fee',
    severity: 'Critical',
    ask: 'Bring terminations to billing and credit the days without service.',
  },
};

/** For a symptom that is not known here: nothing is assumed to cause it. */
export const UNKNOWN_SYMPTOM: SymptomKnowledge = {
  mechanism: 'what was charged differs from what was expected',
  causedBy: /(?!)/,
  systems: /(?!)/,
  patienceHours: 0,
  remedy: { under: 'ticket-only', over: 'ticket-only' },
  evidence: 'flow',
  severity: 'Major',
  ask: 'Find out why.',
};
