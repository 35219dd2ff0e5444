import { decide } from '#core/cases/decide.ts';
import { DEFAULT_APPROVAL_POLICY } from '#core/cases/policy.ts';
import { proposalHashOf } from '#core/cases/proposal.ts';
import type { Remedy } from '#core/domain/case.ts';
import { sha256 } from '#core/domain/hash.ts';
import type { Finding } from '#core/domain/run.ts';
import type { Violation } from '#core/domain/violation.ts';
import { aFinding } from '#tests/support/cases.ts';
import { aConclusion } from '#tests/support/conclusion.ts';
import { decidedCase } from '#tests/support/remedies.ts';
import { aViolation, openTestStores, type TestStores, writeRun } from '#tests/support/stores.ts';
import { requestApproval } from '#tools/request-approval/tool.ts';
import { makeProposalInput, makeProposalOutput } from './schema.ts';
import { makeProposal } from './tool.ts';

const LOSSES = [
  aViolation({ violation_id: 'v-b', impact: '2.000000', subscription_id: 'sub-2', account_id: 'acc-2' }),
  aViolation({ violation_id: 'v-a', impact: '0.150001' }),
  aViolation({ violation_id: 'v-c', impact: '3.999999' }),
];
const STRANGER = aViolation({ violation_id: 'v-x', impact: '1000.000000' });
const ID = { caseId: 'C-0a1b2c3d', runId: 'run-1' };
const AS_OF = '2026-11-03';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

/** A run with these violations, and the case of its finding. */
async function opened(
  violations: readonly Violation[] = LOSSES,
  changes: Partial<Finding> = {},
): Promise<void> {
  const finding = aFinding({ violations: violations.length, ...changes });
  await writeRun(stores, finding, violations, [STRANGER]);
  await stores.cases.openCase(finding, 'system');
}

const make = (conclusion = aConclusion()) => makeProposal({ ...ID, conclusion, asOf: AS_OF }, stores);
const linesOf = async (file: string) =>
  (await stores.runs.readText(file))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('make-proposal', () => {
  test('amounts are those of the violations, to the last decimal, in order of their id', async () => {
    await opened();
    const output = await make();
    expect(makeProposalOutput.parse(output)).toMatchObject({
      remedy: 'rebill-adjustment',
      caseVersion: 2,
      adjustments: { count: 3, total: { minor: '6150000', asset: 'EUR/6' } },
    });
    const lines = await linesOf(output.adjustments.file);
    expect(lines.map((line) => [line.violationId, line.accountId, line.amount.minor])).toEqual([
      ['v-a', 'acc-1', '150001'],
      ['v-b', 'acc-2', '2000000'],
      ['v-c', 'acc-1', '3999999'],
    ]);
    expect(lines[0]).toMatchObject({
      key: 'call-v-a',
      grain: 'record',
      dt: '2026-10-14',
      eventTime: '2026-10-14T11:02:03.000Z',
      service: 'voice',
    });
    expect(sha256(await stores.runs.readText(output.adjustments.file))).toBe(output.adjustments.sha256);
  });

  test('the proposal is sealed, saved, and says in words what will be done', async () => {
    await opened();
    const { proposalHash } = await make();
    const proposal = await stores.cases.latestProposal(ID.caseId);
    expect(proposal && proposalHashOf(proposal)).toBe(proposalHash);
    expect(proposal).toMatchObject({
      proposedBy: 'agent:playbook/investigator',
      caseVersion: 1,
      cause: 'A price is missing on ocs-2',
      changeId: 'CHG-7',
      explanation: { claims: [{ text: 'All are on ocs-2' }], removed: [{ text: 'It cost 9 million' }] },
    });
    expect(proposal?.summary).toBe(
      'Zero-rated voice on ocs-2. Charge 3 items on 2 accounts, EUR 6.150000 in total, and open a ticket.',
    );
    expect(await stores.cases.findCase(ID.caseId)).toMatchObject({ status: 'investigating' });
    expect((await stores.cases.events(ID.caseId)).at(-1)).toMatchObject({
      kind: 'proposal-made',
      actor: 'agent:playbook/investigator',
      data: { removedClaims: 1, adjustments: 3 },
    });
  });

  test.each([
    ['an amount', { amount: '9000000.00' }],
    ['adjustments', { adjustments: { count: 1, total: { minor: '9', asset: 'EUR/6' } } }],
    ['an account', { accountId: 'acc-9' }],
  ])('an agent that adds %s to its conclusion is refused', (_what, extra) => {
    expect(makeProposalInput.safeParse({ ...ID, conclusion: { ...aConclusion(), ...extra } }).success).toBe(
      false,
    );
    expect(makeProposalInput.safeParse({ ...ID, conclusion: aConclusion() }).success).toBe(true);
  });

  test('figures that an agent writes into its texts change no amount', async () => {
    await opened();
    const { adjustments } = await make(
      aConclusion({
        cause: 'EUR 9,000,000',
        ticket: { name: 'Charge 9 million', description: 'EUR 9,000,000' },
      }),
    );
    expect(adjustments.total.minor).toBe('6150000');
  });

  test('no cause found is said by an empty cause', async () => {
    await opened();
    await make(aConclusion({ causeFound: false, cause: 'not found' }));
    expect(await stores.cases.latestProposal(ID.caseId)).toMatchObject({ cause: '' });
  });

  test.each<[Remedy, Finding['direction'], string, Remedy, number]>([
    ['rebill-adjustment', 'under-charged', '6.150000', 'rebill-adjustment', 1],
    ['credit-note', 'over-charged', '-6.150000', 'credit-note', 1],
    ['credit-note', 'under-charged', '6.150000', 'rebill-adjustment', 1],
    ['rebill-adjustment', 'over-charged', '-6.150000', 'credit-note', 1],
    ['provisioning-fix', 'under-charged', '6.150000', 'provisioning-fix', 1],
    ['provisioning-fix', 'over-charged', '-6.150000', 'provisioning-fix', 1],
    ['tariff-change-request', 'under-charged', '6.150000', 'tariff-change-request', 1],
    ['suspense-reprocessing', 'under-charged', '6.150000', 'suspense-reprocessing', 1],
    ['ticket-only', 'under-charged', '6.150000', 'ticket-only', 0],
  ])('%s on an %s finding of %s becomes %s', async (wanted, direction, impact, remedy, count) => {
    const minor = impact.replace('.', '');
    await opened([aViolation({ violation_id: 'v-a', impact })], {
      direction,
      impact: { minor, asset: 'EUR/6' },
    });
    const output = await make(aConclusion({ remedy: wanted }));
    expect(output).toMatchObject({ remedy, adjustments: { count, total: { minor: count ? minor : '0' } } });
    const summary = (await stores.cases.latestProposal(ID.caseId))?.summary;
    expect(summary?.includes(`${wanted} was named`)).toBe(wanted !== remedy);
  });

  test('what was lost at a hop is an estimate: a ticket, and nobody is billed', async () => {
    const hop = aViolation({
      violation_id: 'v-a',
      impact: '6.150000',
      grain: 'hop',
      subscription_id: null,
      account_id: null,
      estimated: true,
    });
    await opened([hop], { estimated: true });
    const output = await make();
    expect(output).toMatchObject({ remedy: 'ticket-only', adjustments: { count: 0, total: { minor: '0' } } });
    expect((await stores.cases.latestProposal(ID.caseId))?.summary).toMatch(
      /no bill is changed.*the records are gone/,
    );
  });

  test.each<[string, Partial<Violation>, RegExp]>([
    ['no account', { account_id: null }, /1 items \(EUR 2\.000000\) without a subscription or account/],
    ['no subscription', { subscription_id: null }, /without a subscription or account/],
    [
      'an event before the back-bill limit',
      { dt: '2025-11-02' },
      /older than the back-bill limit of 365 days/,
    ],
    ['an estimate', { estimated: true }, /estimated/],
    [
      'an impact of the other direction',
      { impact: '-2.000000' },
      /1 items \(EUR -2\.000000\) of the other direction/,
    ],
    ['no impact', { impact: '0.000000' }, /without any amount/],
  ])('a violation with %s is left out and said', async (_condition, changes, words) => {
    const odd = aViolation({ violation_id: 'v-b', impact: '2.000000', ...changes });
    const sum = { '-2.000000': '2150000', '0.000000': '4150000' }[odd.impact] ?? '6150000';
    const kept = aViolation({ violation_id: 'v-a', impact: '4.150000' });
    await opened([kept, odd], { impact: { minor: sum, asset: 'EUR/6' } });
    const output = await make();
    expect(output.adjustments).toMatchObject({ count: 1, total: { minor: '4150000' } });
    expect((await stores.cases.latestProposal(ID.caseId))?.summary).toMatch(words);
  });

  test.each([
    ['the last day within the limit', '2025-11-03', 1],
    ['the first day beyond it', '2025-11-02', 0],
  ])('a charge on %s', async (_condition, dt, count) => {
    await opened([aViolation({ violation_id: 'v-a', impact: '6.150000', dt })]);
    expect((await make()).adjustments.count).toBe(count);
  });

  test('a credit has no back-bill limit', async () => {
    await opened([aViolation({ violation_id: 'v-a', impact: '-6.150000', dt: '2020-01-01' })], {
      direction: 'over-charged',
      impact: { minor: '-6150000', asset: 'EUR/6' },
    });
    expect((await make()).adjustments.total.minor).toBe('-6150000');
  });

  test.each([
    ['a violation is missing', { violations: 4 }],
    ['the amount differs', { impact: { minor: '6150001', asset: 'EUR/6' as const } }],
    ['the currency differs', { impact: { minor: '6150000', asset: 'CHF/6' as const } }],
  ])('a finding that does not add up is not proposed: %s', async (_condition, changes) => {
    await opened(LOSSES, changes);
    await expect(make()).rejects.toMatchObject({ name: 'ConservationBroken' });
    expect(await stores.cases.latestProposal(ID.caseId)).toBeUndefined();
  });
});

describe('what another case has is not proposed again', () => {
  /** The day run that finds v-a and v-c of the month run again, and one more. */
  const DAY = { findingId: 'f-dddddddddddddddd', runId: 'run-day', period: '2026-10-14' } as const;
  const OF_DAY = [
    aViolation({ violation_id: 'v-a', impact: '0.150001', period: DAY.period, symptom: 'default-rate' }),
    aViolation({ violation_id: 'v-c', impact: '3.999999', period: DAY.period, rule_version: '2' }),
    aViolation({ violation_id: 'v-new', impact: '1.000000', period: DAY.period }),
  ];

  async function dayCase(): Promise<string> {
    const finding = aFinding({ ...DAY, impact: { minor: '5150000', asset: 'EUR/6' } });
    await writeRun(stores, finding, OF_DAY);
    return (await stores.cases.openCase(finding, 'system')).case.caseId;
  }
  const makeDay = async (caseId: string) =>
    makeProposal({ caseId, runId: DAY.runId, conclusion: aConclusion(), asOf: AS_OF }, stores);
  const summaryOf = async (caseId: string) => (await stores.cases.latestProposal(caseId))?.summary;

  test('because it was approved there', async () => {
    await decidedCase(stores);
    const caseId = await dayCase();
    const output = await makeDay(caseId);
    expect(output.adjustments).toMatchObject({ count: 1, total: { minor: '1000000' } });
    expect((await linesOf(output.adjustments.file)).map((line) => line.violationId)).toEqual(['v-new']);
    expect(await summaryOf(caseId)).toContain(
      'Left out: 2 items (EUR 4.150000) already ordered in case C-0a1b2c3d.',
    );
  });

  test('because it waits for a decision there', async () => {
    await opened();
    const { proposalHash } = await make();
    await requestApproval({ caseId: ID.caseId, proposalHash, taskToken: 't' }, stores);
    const caseId = await dayCase();
    expect((await makeDay(caseId)).adjustments).toMatchObject({ count: 1 });
    expect(await summaryOf(caseId)).toContain(
      'already proposed and waiting for a decision in case C-0a1b2c3d.',
    );
  });

  test.each([
    ['it was rejected there', async () => void (await decidedCase(stores, { verdict: 'rejected' }))],
    ['it is of another day', async () => void (await decidedCase(stores, { violations: ANOTHER_DAY }))],
    [
      'it is of another control',
      async () => void (await decidedCase(stores, { finding: { controlId: 'R01' } })),
    ],
  ])('but it is proposed where %s', async (_condition, before) => {
    await before();
    expect((await makeDay(await dayCase())).adjustments).toMatchObject({ count: 3 });
  });

  const ANOTHER_DAY = LOSSES.map((v) => ({ ...v, dt: '2026-10-13' }));

  test('of two proposals made before either was decided, the second approval is refused', async () => {
    const caseId = await dayCase();
    const { proposalHash } = await makeDay(caseId);
    const { caseVersion } = await requestApproval({ caseId, proposalHash, taskToken: 't' }, stores);
    await opened();
    const blind = Object.create(stores.cases) as typeof stores.cases;
    for (const method of [
      'findCase',
      'findFinding',
      'latestProposal',
      'saveProposal',
      'hasHappened',
      'changeCase',
    ] as const)
      Object.assign(blind, { [method]: stores.cases[method].bind(stores.cases) });
    blind.itemMentions = async () => [];
    const first = await makeProposal(
      { ...ID, conclusion: aConclusion(), asOf: AS_OF },
      { ...stores, cases: blind },
    );
    expect(first.adjustments.count).toBe(3);
    const asked = await requestApproval({ ...ID_OF(first), taskToken: 'u' }, stores);
    await approve(first.caseId, asked.caseVersion, first.proposalHash);
    await expect(approve(caseId, caseVersion, proposalHash)).rejects.toMatchObject({
      name: 'AlreadyOrdered',
      exitCode: 5,
    });
    expect(await stores.cases.findCase(caseId)).toMatchObject({
      status: 'awaiting-decision',
      money: { confirmed: { minor: '0' } },
    });
    expect((await stores.cases.events(caseId)).at(-1)).toMatchObject({
      kind: 'decision-refused',
      data: { error: 'AlreadyOrdered' },
    });
    expect(await stores.cases.orderedItems(proposalHash)).toEqual([]);
  });

  const ID_OF = ({ caseId, proposalHash }: { caseId: string; proposalHash: string }) => ({
    caseId,
    proposalHash,
  });
  const approve = (caseId: string, caseVersion: number, proposalHash: string) =>
    decide(
      {
        caseId,
        caseVersion,
        proposalHash,
        verdict: 'approved',
        reason: 'evidence-sufficient',
        comment: 'Checked',
        decidedBy: 'anna',
      },
      stores,
      DEFAULT_APPROVAL_POLICY,
    );
});

describe('a repeated call', () => {
  test('gives the same proposal and no second event', async () => {
    await opened();
    const first = await make();
    stores.clock.advance(86_400_000);
    expect(await make()).toEqual(first);
    expect((await stores.cases.events(ID.caseId)).map((e) => e.kind)).toEqual([
      'case-opened',
      'proposal-made',
    ]);
  });

  test('after a crash between proposal and event goes on with that proposal', async () => {
    await opened();
    const cases = Object.create(stores.cases) as typeof stores.cases;
    for (const method of [
      'findCase',
      'findFinding',
      'latestProposal',
      'saveProposal',
      'hasHappened',
      'itemMentions',
    ] as const) {
      Object.assign(cases, { [method]: stores.cases[method].bind(stores.cases) });
    }
    cases.changeCase = async () => {
      throw new Error('killed');
    };
    await expect(
      makeProposal({ ...ID, conclusion: aConclusion(), asOf: AS_OF }, { ...stores, cases }),
    ).rejects.toThrow('killed');
    const saved = await stores.cases.latestProposal(ID.caseId);
    expect((await make()).proposalHash).toBe(saved?.proposalHash);
  });

  test('with another conclusion makes another proposal', async () => {
    await opened();
    const first = await make();
    const second = await make(aConclusion({ cause: 'Something else' }));
    expect(second.proposalHash).not.toBe(first.proposalHash);
    expect((await stores.cases.latestProposal(ID.caseId))?.proposalHash).toBe(second.proposalHash);
  });

  test('comes too late when a person was asked already', async () => {
    await opened();
    await make();
    await stores.cases.changeCase(
      ID.caseId,
      { kind: 'decision-requested', actor: 'system', data: {}, status: 'awaiting-decision' },
      {},
    );
    await expect(make(aConclusion({ cause: 'Something else' }))).rejects.toMatchObject({
      name: 'VersionMoved',
    });
  });
});
