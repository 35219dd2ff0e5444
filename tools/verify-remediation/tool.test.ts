import { decidedCase, LOSSES } from '#tests/support/remedies.ts';
import { aViolation, openTestStores, type TestStores } from '#tests/support/stores.ts';
import { applyRemediation } from '#tools/apply-remediation/tool.ts';
import { verifyRemediationOutput } from './schema.ts';
import { type Remeasure, type RemeasureRequest, verifyRemediation } from './tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

type Options = Parameters<typeof decidedCase>[1];

async function applied(options?: Options): Promise<{ caseId: string; runId: string }> {
  const decided = await decidedCase(stores, options);
  const { caseId, decisionId, proposalHash } = decided;
  await applyRemediation({ caseId, decisionId, proposalHash }, stores);
  return decided;
}

/** What the lake says now, per violation id; a gap that is not named cannot be measured. */
const gaps =
  (now: Readonly<Record<string, string>>): Remeasure =>
  async () =>
    new Map(Object.entries(now).map(([id, gap]) => [`call-${id}`, gap]));

async function verify(remeasure: Remeasure, attempt = 1, options?: Options) {
  const { caseId, runId } = attempt === 1 ? await applied(options) : { caseId: 'C-0a1b2c3d', runId: 'run-1' };
  const output = await verifyRemediation({ caseId, runId, attempt }, { ...stores, remeasure });
  return verifyRemediationOutput.parse(output);
}
const moneyNow = async () => {
  const states = (await stores.cases.findCase('C-0a1b2c3d'))?.money;
  return [
    states?.potential.minor,
    states?.confirmed.minor,
    states?.recovered.minor,
    states?.unrecoverable.minor,
  ];
};

describe('recovered is what moved, not what was ordered', () => {
  // Ordered: v-a 0.150001, v-b 2.000000, v-c 3.999999; each key's gap was exactly that.
  test.each([
    ['every gap is closed', { 'v-a': '0.000000', 'v-b': '0.000000', 'v-c': '0.000000' }, 3, '6150000'],
    ['nothing has moved', { 'v-a': '0.150001', 'v-b': '2.000000', 'v-c': '3.999999' }, 0, '0'],
    ['one item has moved', { 'v-a': '0.000000', 'v-b': '2.000000', 'v-c': '3.999999' }, 1, '150001'],
    ['an item has moved in part', { 'v-a': '0.150001', 'v-b': '0.500000', 'v-c': '3.999999' }, 0, '1500000'],
    ['an item was posted twice', { 'v-a': '0.150001', 'v-b': '-2.000000', 'v-c': '3.999999' }, 1, '2000000'],
    ['a gap has grown', { 'v-a': '0.150001', 'v-b': '7.000000', 'v-c': '0.000000' }, 1, '3999999'],
    ['a key cannot be measured', { 'v-a': '0.000000', 'v-c': '0.000000' }, 2, '4150000'],
    ['no key can be measured', {}, 0, '0'],
  ])('%s', async (_condition, now, movedItems, recovered) => {
    const output = await verify(gaps(now));
    const remaining = String(6150000n - BigInt(recovered));
    expect(output).toMatchObject({
      allMoved: movedItems === 3,
      items: 3,
      movedItems,
      moved: { minor: recovered, asset: 'EUR/6' },
      remaining: { minor: remaining },
    });
    expect(await moneyNow()).toEqual(['0', remaining, recovered, '0']);
  });

  test.each([
    ['a credit that was posted', '0.000000', '-6150000'],
    ['a credit that was posted in part', '-2.150000', '-4000000'],
    ['a charge in place of a credit', '-9.000000', '0'],
  ])('%s', async (_condition, now, recovered) => {
    const output = await verify(gaps({ 'v-a': now }), 1, {
      violations: [aViolation({ violation_id: 'v-a', impact: '-6.150000' })],
      finding: { direction: 'over-charged', impact: { minor: '-6150000', asset: 'EUR/6' } },
      conclusion: { remedy: 'credit-note' },
    });
    expect(output.moved.minor).toBe(recovered);
  });

  test('a session that two findings share: the other part of its gap is not ours', async () => {
    // The session of v-a also has EUR 5 of another control, which nobody has corrected.
    const shared = aViolation({
      violation_id: 'v-x',
      impact: '5.000000',
      key: 'call-v-a',
      control_id: 'U08',
    });
    const now = { 'v-a': '5.000000', 'v-b': '0.000000', 'v-c': '0.000000' };
    const output = await verify(gaps(now), 1, { violations: LOSSES, others: [shared] });
    expect(output).toMatchObject({ allMoved: true, moved: { minor: '6150000' } });
  });

  test('is asked for the keys that were adjusted, with their day and grain', async () => {
    const asked: RemeasureRequest[] = [];
    await verify(async (request) => {
      asked.push(request);
      return new Map();
    });
    expect(asked).toEqual([
      {
        runId: 'run-1',
        period: '2026-10',
        grain: 'record',
        keys: ['v-a', 'v-b', 'v-c'].map((id) => ({ key: `call-${id}`, dt: '2026-10-14' })),
      },
    ]);
  });

  test('a remedy without adjustments has nothing to measure', async () => {
    const never: Remeasure = async () => {
      throw new Error('nothing to measure');
    };
    const output = await verify(never, 1, { conclusion: { remedy: 'ticket-only' } });
    expect(output).toMatchObject({ allMoved: true, items: 0, moved: { minor: '0' } });
    expect(await moneyNow()).toEqual(['6150000', '0', '0', '0']);
  });
});

test('two cases that share a session recover together what has moved, not more', async () => {
  // One session: EUR 5 and EUR 3 too much by two controls; EUR 5 of the 8 were credited.
  const wrong = (controlId: string, impact: string) =>
    aViolation({ violation_id: `v-${controlId}`, control_id: controlId, impact, key: 'call-1' });
  const [first, second] = [wrong('R01', '-5.000000'), wrong('U08', '-3.000000')];
  const caseOf = async (own: typeof first, other: typeof first, findingId: string, runId: string) =>
    applied({
      violations: [own],
      others: [other],
      finding: {
        findingId,
        runId,
        controlId: own.control_id,
        direction: 'over-charged',
        impact: { minor: own.impact.replace('.', ''), asset: 'EUR/6' },
      },
      conclusion: { remedy: 'credit-note' },
    });
  const cases = [
    await caseOf(first, second, 'f-aaaaaaaaaaaaaaaa', 'run-a'),
    await caseOf(second, first, 'f-bbbbbbbbbbbbbbbb', 'run-b'),
  ];
  const recovered = async (gap: string, attempt: number) => {
    const remeasure: Remeasure = async () => new Map([['call-1', gap]]);
    const outputs = [];
    for (const { caseId, runId } of cases)
      outputs.push(await verifyRemediation({ caseId, runId, attempt }, { ...stores, remeasure }));
    return outputs.map((output) => output.moved.minor);
  };
  expect(await recovered('-3.000000', 1)).toEqual(['-5000000', '0']);
  expect(await recovered('0.000000', 2)).toEqual(['-5000000', '-3000000']);
});

describe('attempts', () => {
  const part = gaps({ 'v-a': '0.000000', 'v-b': '2.000000', 'v-c': '3.999999' });
  const all = gaps({ 'v-a': '0.000000', 'v-b': '0.000000', 'v-c': '0.000000' });

  test('a later one adds what has moved since', async () => {
    await verify(part);
    expect(await verify(all, 2)).toMatchObject({ allMoved: true, moved: { minor: '6150000' } });
    expect(await moneyNow()).toEqual(['0', '0', '6150000', '0']);
  });

  test('a posting that was taken back is taken back', async () => {
    await verify(all);
    expect(await verify(part, 2)).toMatchObject({ allMoved: false, moved: { minor: '150001' } });
  });

  test('the same one twice is recorded once', async () => {
    await verify(part);
    await verifyRemediation(
      { caseId: 'C-0a1b2c3d', runId: 'run-1', attempt: 1 },
      { ...stores, remeasure: part },
    );
    const events = (await stores.cases.events()).filter((e) => e.kind === 'remedy-verified');
    expect(events).toMatchObject([{ data: { attempt: 1, movedItems: 1, recovered: { minor: '150001' } } }]);
  });
});

test('a case that nobody approved is not verified', async () => {
  const { caseId, runId } = await decidedCase(stores, { verdict: 'rejected' });
  const attempt = verifyRemediation({ caseId, runId, attempt: 1 }, { ...stores, remeasure: gaps({}) });
  await expect(attempt).rejects.toMatchObject({ name: 'ProposalMismatch' });
});

test('a proposal that is not what its hash says is not verified', async () => {
  const { caseId, runId } = await applied();
  const cases = Object.create(stores.cases) as typeof stores.cases;
  cases.findCase = (id) => stores.cases.findCase(id);
  cases.listDecisions = (id) => stores.cases.listDecisions(id);
  cases.findProposal = async (hash) => {
    const proposal = await stores.cases.findProposal(hash);
    return proposal && { ...proposal, summary: 'Charge ten times as much' };
  };
  const attempt = verifyRemediation({ caseId, runId, attempt: 1 }, { ...stores, cases, remeasure: gaps({}) });
  await expect(attempt).rejects.toMatchObject({ name: 'ProposalMismatch' });
});
