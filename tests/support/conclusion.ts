import type { VerifiedConclusion } from '#tools/make-proposal/schema.ts';

/** A conclusion whose claims were checked, with the given fields. */
export function aConclusion(changes: Partial<VerifiedConclusion> = {}): VerifiedConclusion {
  return {
    causeFound: true,
    cause: 'A price is missing on ocs-2',
    hypotheses: [
      {
        cause: 'A price is missing on ocs-2',
        verdict: 'supported',
        test: 'Other engines charge',
        evidenceIds: [],
      },
    ],
    claims: [{ text: 'All are on ocs-2', evidenceIds: ['ev-000000000001'] }],
    removed: [{ text: 'It cost 9 million', evidenceIds: [], reason: 'no evidence has this figure' }],
    remedy: 'rebill-adjustment',
    ticket: { name: 'Zero-rated voice on ocs-2', description: 'Load the price list again' },
    changeId: 'CHG-7',
    answeredBy: 'playbook/investigator',
    ...changes,
  };
}
