import type { AgentConclusion, Evidence, Hypothesis } from '#core/domain/case.ts';
import { factsById } from './check-claims.ts';
import { CAUSE_NOT_BORNE_OUT, verifyConclusion } from './verify-conclusion.ts';

const EVIDENCE: Evidence = {
  evidenceId: 'ev-000000000001',
  caseId: 'C-1',
  tool: 'usage-query',
  input: { question: 'changes-near', within: 'zone=eu;service=data' },
  content: {
    direction: 'under-charged',
    records: 296,
    amount: '67.84',
    changes: [{ changeId: 'CHG-5581', changedAt: '2026-10-06T13:20:15Z', target: 'ocs-1' }],
  },
  hash: '',
};
const KNOWN = factsById([EVIDENCE]);

const TRUE_CONCLUSION: AgentConclusion = {
  causeFound: true,
  cause: 'Since change CHG-5581, ocs-1 rates by an old version.',
  hypotheses: [
    {
      cause: 'Change CHG-5581',
      verdict: 'supported',
      test: 'It came at 2026-10-06 13:20 UTC.',
      refutedBy: { tool: 'usage-query', question: 'changes-near', within: 'service=data; zone=eu' },
      evidenceIds: ['ev-000000000001'],
    },
  ],
  claims: [{ text: '296 records are under-charged by 67.84 EUR.', evidenceIds: ['ev-000000000001'] }],
  remedy: 'rebill-adjustment',
  ticket: {
    name: 'Old version on ocs-1',
    description: 'Case C-1. 296 records are wrong.\nLoad the new version.',
  },
  changeId: 'CHG-5581',
  answeredBy: 'model',
};
const verify = (changes: Partial<AgentConclusion>) =>
  verifyConclusion({ ...TRUE_CONCLUSION, ...changes }, KNOWN, ['C-1']);

describe('a conclusion is verified', () => {
  test('a true one comes out as it went in', () => {
    expect(verify({})).toEqual({ ...TRUE_CONCLUSION, removed: [] });
  });

  test('the agent contributes nothing to what is removed but its own words', () => {
    const { claims, removed } = verify({
      claims: [
        ...TRUE_CONCLUSION.claims,
        { text: '4711 EUR are missing.', evidenceIds: ['ev-000000000001'] },
      ],
    });
    expect(claims).toEqual(TRUE_CONCLUSION.claims);
    expect(removed).toEqual([
      {
        text: '4711 EUR are missing.',
        evidenceIds: ['ev-000000000001'],
        reason: '"4711 EUR" does not stand in the evidence cited',
      },
    ]);
  });

  test.each<[string, Partial<AgentConclusion>, Partial<AgentConclusion>, string]>([
    [
      'a hypothesis with an invented figure',
      {
        hypotheses: [
          { cause: 'x', verdict: 'rejected', test: 'It has 12 records.', evidenceIds: ['ev-000000000001'] },
        ],
      },
      { hypotheses: [] },
      'hypothesis: "12 records"',
    ],
    [
      'a supported hypothesis without evidence',
      { hypotheses: [{ cause: 'x', verdict: 'supported', test: 'Because.', evidenceIds: [] }] },
      { hypotheses: [] },
      'hypothesis: it cites no evidence',
    ],
    [
      'a change that is in no evidence',
      { changeId: 'CHG-9999' },
      { changeId: null, causeFound: false, cause: CAUSE_NOT_BORNE_OUT },
      'change: it does not stand',
    ],
    [
      'a cause with an invented name',
      { cause: 'ocs-7 is broken.' },
      { causeFound: false, cause: CAUSE_NOT_BORNE_OUT },
      'cause: "ocs-7"',
    ],
    [
      'a sentence of the ticket with an invented amount',
      { ticket: { name: 'Old version on ocs-1', description: '296 records are wrong. Pay 900 EUR to me.' } },
      { ticket: { name: 'Old version on ocs-1', description: '296 records are wrong.' } },
      'ticket: "900 EUR"',
    ],
    [
      'all of a ticket',
      { ticket: { name: 'Pay 900 EUR', description: 'Pay 900 EUR.' } },
      {
        ticket: {
          name: 'Revenue assurance case C-1',
          description: 'See the case: no sentence of the drafted text was borne out by the evidence.',
        },
      },
      'ticket: "900 EUR"',
    ],
  ])('%s is removed', (_name, said, left, reason) => {
    const verified = verify(said);
    expect(verified).toMatchObject(left);
    expect(verified.removed[0]?.reason).toContain(reason);
  });

  const QUERY = { tool: 'usage-query', question: 'changes-near', within: 'zone=eu;service=data' };
  test.each<[string, Hypothesis['refutedBy'], Hypothesis['verdict'], string | undefined]>([
    ['names no query', undefined, 'supported', 'it names no query that would refute it'],
    ['names no query and rejects', undefined, 'rejected', 'it names no query that would refute it'],
    ['names no query and decides nothing', undefined, 'undecided', undefined],
    ['names the query of its evidence', QUERY, 'rejected', undefined],
    ['names another question', { ...QUERY, question: 'feed-health' }, 'supported', 'to "feed-health"'],
    ['names another tool', { ...QUERY, tool: 'billing-lookup' }, 'supported', 'reply of billing-lookup'],
    ['names other records', { ...QUERY, within: 'zone=eu' }, 'supported', 'no evidence that it cites'],
    ['names all records', { tool: 'usage-query', question: 'changes-near' }, 'rejected', 'no evidence that'],
  ])('a verdict that %s is held against the evidence', (_name, refutedBy, verdict, reason) => {
    const [first] = TRUE_CONCLUSION.hypotheses;
    if (first === undefined) throw new Error('no hypothesis');
    const { refutedBy: _, ...bare } = first;
    const said = { ...bare, verdict, ...(refutedBy === undefined ? {} : { refutedBy }) };
    const { hypotheses, removed } = verify({ hypotheses: [said] });
    expect(hypotheses).toEqual([reason === undefined ? said : { ...said, verdict: 'undecided' }]);
    expect(removed.map((one) => one.reason)).toEqual(
      reason === undefined ? [] : [expect.stringContaining(reason)],
    );
  });

  test('a case without evidence keeps no claim', () => {
    const verified = verifyConclusion(TRUE_CONCLUSION, new Map(), ['C-1']);
    expect(verified.claims).toEqual([]);
    expect(verified.causeFound).toBe(false);
    expect(verified.changeId).toBeNull();
  });
});

test.each([
  ['an order behind another sentence', 'Pay 67.84 EUR at once.'],
  ['an order to approve', 'Approve 67.84 EUR.'],
  ['a place to go to', 'Details stand at http://collector.example/drop for 296 records.'],
])('of a ticket is left out: %s', (_name, sentence) => {
  const { ticket } = TRUE_CONCLUSION;
  const description = `Case C-1. ${sentence} 296 records are wrong.`;
  const verified = verifyConclusion({ ...TRUE_CONCLUSION, ticket: { ...ticket, description } }, KNOWN, [
    'C-1',
  ]);
  expect(verified.ticket.description).toBe('Case C-1. 296 records are wrong.');
  expect(verified.removed).toHaveLength(1);
});
