import { aProposal } from '#tests/support/cases.ts';
import { assertIntact, proposalHashOf } from './proposal.ts';

const proposal = aProposal('C-0a1b2c3d');
const { adjustments, explanation, hypotheses, ticket } = proposal;

describe('the hash of a proposal covers everything that is shown', () => {
  test.each([
    ['proposalId', { proposalId: 'p-000000000002' }],
    ['caseId', { caseId: 'C-11111111' }],
    ['caseVersion', { caseVersion: 2 }],
    ['proposedBy', { proposedBy: 'anna' }],
    ['remedy', { remedy: 'credit-note' as const }],
    ['summary', { summary: 'Charge 4 calls' }],
    [
      'a claim',
      {
        explanation: {
          ...explanation,
          claims: [{ text: 'All are on ocs-1', evidenceIds: ['ev-000000000001'] }],
        },
      },
    ],
    [
      'evidence of a claim',
      { explanation: { ...explanation, claims: [{ text: 'All are on ocs-2', evidenceIds: [] }] } },
    ],
    [
      'a removed claim',
      { explanation: { ...explanation, removed: [{ text: 'x', evidenceIds: [], reason: 'y' }] } },
    ],
    ['a hypothesis', { hypotheses: hypotheses.map((h) => ({ ...h, verdict: 'rejected' as const })) }],
    ['cause', { cause: 'Something else' }],
    ['changeId', { changeId: null }],
    ['number of adjustments', { adjustments: { ...adjustments, count: 4 } }],
    ['amount', { adjustments: { ...adjustments, total: { minor: '6150001', asset: 'EUR/6' as const } } }],
    ['currency', { adjustments: { ...adjustments, total: { minor: '6150000', asset: 'CHF/6' as const } } }],
    ['place of the list', { adjustments: { ...adjustments, file: 'elsewhere.jsonl' } }],
    ['content of the list', { adjustments: { ...adjustments, sha256: 'b'.repeat(64) } }],
    ['name of the ticket', { ticket: { ...ticket, name: 'x' } }],
    ['text of the ticket', { ticket: { ...ticket, description: 'x' } }],
  ])('%s', (_field, change) => {
    const tampered = { ...proposal, ...change };
    expect(proposalHashOf(tampered)).not.toBe(proposal.proposalHash);
    expect(() => assertIntact(tampered)).toThrow(expect.objectContaining({ name: 'ProposalMismatch' }));
  });

  test('every field of a proposal has a row above', () => {
    const rows = [
      'proposalId',
      'caseId',
      'caseVersion',
      'proposedBy',
      'remedy',
      'summary',
      'explanation',
      'hypotheses',
      'cause',
      'changeId',
      'adjustments',
      'ticket',
    ];
    expect(Object.keys(proposal).sort()).toEqual([...rows, 'proposalHash'].sort());
  });

  test('the order of fields does not matter, and a proposal as it was made is intact', () => {
    const reversed = Object.fromEntries(Object.entries(proposal).reverse()) as unknown as typeof proposal;
    expect(proposalHashOf(reversed)).toBe(proposal.proposalHash);
    expect(() => assertIntact(proposal)).not.toThrow();
  });
});
