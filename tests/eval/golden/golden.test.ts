/** A small world, investigated by the playbook; and that the judge notices when anything of it is wrong. */
import type { Proposal } from '#core/domain/case.ts';
import { temporaryFolder } from '#tests/end-to-end/cli.ts';
import { type CaseState, type Judgement, judge } from './judge.ts';
import { goldenReport, showGolden } from './report.ts';
import { type GoldenCase, runWorld, type WorldResult } from './run-world.ts';
import { SAMPLE, WORLDS } from './worlds.ts';

const folder = temporaryFolder();
let results: WorldResult[];
/** A case with a cause in the log that was named, and a bill that changes. */
let good: GoldenCase;

beforeAll(async () => {
  results = [];
  for (const world of WORLDS.filter(({ name }) => SAMPLE.includes(name))) {
    results.push(await runWorld(world, `${folder.path}/${world.seed}`, { backend: 'playbook' }));
  }
  const found = results
    .flatMap(({ cases }) => cases)
    .find(
      ({ judgement, state, truth }) =>
        judgement.cause === 'right' && truth.money !== null && (state.proposal?.adjustments.count ?? 0) > 0,
    );
  if (found === undefined) throw new Error('the sample has no case whose cause was found');
  good = found;
}, 120_000);
afterAll(() => folder.remove());

test('what must hold of the sample holds', () => {
  const report = goldenReport(results, false);
  expect(report.musts.filter(({ holds }) => !holds)).toEqual([]);
  expect(report.all.cases).toBeGreaterThanOrEqual(4);
  expect(report.all.causeWrong).toBe(0);
  expect(report.answeredBy).toEqual(['agent:playbook/investigator']);
  expect(showGolden(report)).toContain('no forbidden call: 0');
});

test('worlds differ in seed and size, and a good case is judged good', () => {
  expect(new Set(WORLDS.map(({ seed }) => seed)).size).toBe(WORLDS.length);
  expect(good.judgement).toMatchObject({
    cause: 'right',
    evidenceSufficient: true,
    proposalRight: true,
    unsupported: [],
    forbidden: 0,
  });
  expect(good.judgement.turns).toBeGreaterThan(1);
});

describe('a case of which something is wrong is judged so', () => {
  const withProposal = (change: (proposal: Proposal) => Partial<Proposal>) => (state: CaseState) => {
    if (state.proposal === undefined) throw new Error('no proposal');
    return { ...state, proposal: { ...state.proposal, ...change(state.proposal) } };
  };
  const said = (text: string) =>
    withProposal(({ explanation }) => ({
      explanation: {
        ...explanation,
        claims: [{ text, evidenceIds: explanation.claims[0]?.evidenceIds ?? [] }, ...explanation.claims],
      },
    }));
  const called = (name: string, input: object) => (state: CaseState) => ({
    ...state,
    traces: [
      ...state.traces,
      {
        trace: {
          orchestrationTrace: {
            modelInvocationOutput: {
              rawResponse: {
                content: JSON.stringify({
                  message: { content: [{ toolUse: { name, input, toolUseId: 'x' } }] },
                }),
              },
            },
          },
        },
      },
    ],
  });

  test.each<[string, (state: CaseState) => CaseState, (judgement: Judgement) => unknown, unknown]>([
    ['another change is named', withProposal(() => ({ changeId: 'CHG-1' })), ({ cause }) => cause, 'wrong'],
    ['none is named', withProposal(() => ({ changeId: null })), ({ cause }) => cause, 'missed'],
    [
      'twice the money',
      withProposal(({ adjustments }) => ({
        adjustments: {
          ...adjustments,
          total: { ...adjustments.total, minor: String(2n * BigInt(adjustments.total.minor)) },
        },
      })),
      ({ proposalRight }) => proposalRight,
      false,
    ],
    [
      'a remedy that repairs nothing',
      withProposal(() => ({ remedy: 'provisioning-fix' })),
      ({ proposalRight }) => proposalRight,
      false,
    ],
    ['nobody looked', (state) => ({ ...state, evidence: [] }), (it) => it.evidenceSufficient, false],
    [
      'no claim',
      withProposal(({ explanation }) => ({ explanation: { ...explanation, claims: [] } })),
      (it) => it.evidenceSufficient,
      false,
    ],
    ['an invented amount', said('It cost 987654.32 EUR.'), (it) => it.unsupported.length, 1],
    ['an invented date', said('It began on 2019-02-03.'), (it) => it.unsupported.length, 1],
    ['an invented change', said('CHG-1 did it.'), (it) => it.unsupported.length, 1],
    ['a tool that it has not', called('approve-proposal', {}), ({ forbidden }) => forbidden, 1],
    [
      'a parameter that its tool has not',
      called('usage-query__usage-query', { question: 'finding-summary', caseId: 'C-00000000' }),
      ({ forbidden }) => forbidden,
      1,
    ],
    [
      'a call that it may make',
      called('usage-query__usage-query', { question: 'finding-summary' }),
      ({ forbidden }) => forbidden,
      0,
    ],
    ['no proposal at all', (state) => ({ ...state, proposal: undefined }), ({ cause }) => cause, 'missed'],
  ])('%s', (_name, change, look, expected) => {
    expect(look(judge(change(good.state), good.truth))).toBe(expected);
  });

  test('a change that is named where the log has none is blamed', () => {
    const { fault } = good.truth;
    if (fault === undefined) throw new Error('no fault');
    expect(judge(good.state, { ...good.truth, causes: [] }).cause).toBe('blamed');
    const broken: WorldResult = {
      ...(results[0] as WorldResult),
      cases: [{ ...good, judgement: judge(good.state, { ...good.truth, causes: [] }) }],
    };
    expect(goldenReport([broken], false).musts.filter(({ holds }) => !holds)).toHaveLength(1);
  });
});
