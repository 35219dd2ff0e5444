import { only, type SymptomKnowledge, symptom } from './symptom.ts';

const TICKET = only('ticket-only');
const FIX = only('provisioning-fix');
const ONE_OFFER = { cause: 'One offer is to blame', refutedBy: 'one-place' } as const;
const FREE_LINE = {
  cause: 'These are test or internal lines, free on purpose',
  refutedBy: 'free-line',
} as const;
const PARTY = /billing|crm|provisioning|hlr|udm/i;

/** Symptoms of subscriptions and provisioning: controls P01 to P07. */
export const PARTY_SYMPTOMS: Readonly<Record<string, SymptomKnowledge>> = {
  'active-not-billed': symptom({
    mechanism: 'lines are served by the network and their recurring fee is not billed',
    // What ends lines leaves none of them unbilled.
    causedBy: /migrat|provision|(?<!de)activat|account|^(?!.*terminat).*interface|order/i,
    systems: PARTY,
    dated: false,
    evidence: 'fee',
    ask: 'Complete the accounts in billing and bill the missing days.',
    plausible: [ONE_OFFER, FREE_LINE],
  }),
  'billed-not-active': symptom({
    mechanism: 'recurring fees go on after the network has stopped serving the line',
    causedBy: /terminat|cease|deactivat|disconnect|cancel|interface|provision/i,
    systems: PARTY,
    dated: false,
    evidence: 'fee',
    severity: 'Critical',
    ask: 'Bring terminations to billing and credit the days without service.',
    plausible: [ONE_OFFER],
  }),
  'service-not-sold': symptom({
    mechanism: 'the network allows services that nobody has sold to the line',
    causedBy: /provision|profile|template|entitle|service|migrat|hlr|udm|catalog|bulk/i,
    systems: PARTY,
    dated: false,
    remedy: FIX,
    evidence: 'check',
    ask: 'Take the services out of the network profile, or sell them.',
    plausible: [ONE_OFFER],
  }),
  'service-not-provisioned': symptom({
    mechanism: 'services are sold that the network does not allow',
    causedBy: /provision|profile|template|entitle|service|migrat|hlr|udm|catalog|bulk/i,
    systems: PARTY,
    dated: false,
    remedy: FIX,
    evidence: 'check',
    severity: 'Critical',
    ask: 'Provision what was sold, and credit the days without it.',
    plausible: [ONE_OFFER],
  }),
  'offer-differs': symptom({
    mechanism: 'the billing system holds another offer than the order system',
    causedBy: /migrat|interface|order|sync|account|offer|catalog|product/i,
    systems: PARTY,
    dated: false,
    remedy: FIX,
    evidence: 'check',
    ask: 'Bring both systems to the same offer.',
    plausible: [ONE_OFFER],
  }),
  'fee-differs': symptom({
    mechanism: 'the billing system holds another monthly fee than the catalogue',
    causedBy: /migrat|price|fee|catalog|product|sync|interface|offer/i,
    systems: PARTY,
    dated: false,
    remedy: FIX,
    evidence: 'check',
    ask: 'Bring the fee in billing to that of the catalogue.',
    plausible: [ONE_OFFER],
  }),
  'used-after-end': symptom({
    mechanism: 'lines go on being used after their subscription has ended',
    causedBy: /terminat|cease|deactivat|disconnect|cancel|interface|provision|hlr|udm/i,
    systems: /crm|provisioning|hlr|udm|network/i,
    remedy: FIX,
    evidence: 'check',
    severity: 'Critical',
    ask: 'Switch the lines off in the network.',
    plausible: [ONE_OFFER, { cause: 'Few lines do it', refutedBy: 'one-place' }],
  }),
  'used-while-barred': symptom({
    mechanism: 'lines go on being used although they are barred',
    causedBy: /bar|suspend|dunning|provision|profile|hlr|udm|interface/i,
    systems: /crm|provisioning|hlr|udm|network/i,
    remedy: FIX,
    evidence: 'check',
    ask: 'Check whether the network enforces the bar.',
    plausible: [ONE_OFFER],
  }),
  'test-line-used': symptom({
    mechanism: 'test lines are used for more than tests',
    causedBy: /test|lab|acceptance|sim|line/i,
    systems: /crm|provisioning|network|mediation/i,
    remedy: TICKET,
    evidence: 'check',
    ask: 'Find out who uses the test lines, and bar them otherwise.',
    plausible: [{ cause: 'A test campaign is running', refutedBy: 'bursts' }],
  }),
  'internal-line-used': symptom({
    mechanism: 'internal lines are used for more than their purpose',
    causedBy: /internal|staff|line|sim|policy/i,
    systems: /crm|provisioning|network|mediation/i,
    remedy: TICKET,
    evidence: 'check',
    ask: 'Find out who uses the internal lines.',
    plausible: [{ cause: 'It is a single event', refutedBy: 'bursts' }],
  }),
  ...Object.fromEntries(
    [
      ['sim-on-two-accounts', 'one card belongs to several accounts at the same time'],
      ['number-on-two-accounts', 'one number belongs to several accounts at the same time'],
      ['number-recycled', 'a number is given to somebody else too soon'],
    ].map(([name = '', mechanism = '']) => [
      name,
      symptom({
        mechanism,
        causedBy: /migrat|number|sim|port|recycl|order|import|merge|data/i,
        systems: /crm|provisioning|hlr|udm/i,
        dated: false,
        remedy: FIX,
        evidence: 'check',
        ask: 'Correct to whom the line belongs.',
        plausible: [ONE_OFFER],
      }),
    ]),
  ),
};
