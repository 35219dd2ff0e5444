import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromMoneyJson, money, parseMoney, sum } from '#core/domain/money.ts';
import type { OutboxMessage } from '#core/ports/outbox.ts';
import { aFinding, aProposal, awaitingDecision, event } from '#tests/support/cases.ts';
import { type DecidedCase, decidedCase, LOSSES } from '#tests/support/remedies.ts';
import { aViolation, openTestStores, type TestStores } from '#tests/support/stores.ts';
import { ADJUSTMENTS_PER_MESSAGE } from './payloads.ts';
import { applyRemediationOutput } from './schema.ts';
import { type ApplyRemediationPorts, applyRemediation } from './tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

const inputOf = ({ caseId, decisionId, proposalHash }: DecidedCase) => ({ caseId, decisionId, proposalHash });
const apply = async (decided: DecidedCase, ports: ApplyRemediationPorts = stores) =>
  applyRemediation(inputOf(decided), ports);

/** TMF621 v4 `TroubleTicket_Create`: its required fields, and no field that it does not know. */
const troubleTicketCreate = z.strictObject({
  '@type': z.literal('TroubleTicket'),
  description: z.string().min(1),
  severity: z.string().min(1),
  ticketType: z.string().min(1),
  name: z.string().min(1),
  externalId: z.string().min(1),
  relatedEntity: z
    .array(
      z.strictObject({ id: z.string().min(1), role: z.string().min(1), '@referredType': z.string().min(1) }),
    )
    .min(1),
  note: z.array(
    z.strictObject({ author: z.string().min(1), date: z.iso.datetime(), text: z.string().min(1) }),
  ),
});

/** TMF678 v4 `AppliedCustomerBillingRate` as far as it is used, and no field that it does not know. */
const appliedCustomerBillingRate = z.strictObject({
  '@type': z.literal('AppliedCustomerBillingRate'),
  id: z.string().min(1),
  name: z.string().min(1),
  date: z.iso.datetime(),
  type: z.literal('adjustment'),
  isBilled: z.literal(false),
  taxExcludedAmount: z.strictObject({
    unit: z.string().length(3),
    value: z.string().regex(/^-?\d+\.\d{6}$/),
  }),
  billingAccount: z.strictObject({ id: z.string().min(1) }),
  product: z.strictObject({ id: z.string().min(1) }),
  characteristic: z.array(z.strictObject({ name: z.string().min(1), value: z.string().min(1) })).min(2),
});
const batch = z.strictObject({
  id: z.string().min(1),
  '@type': z.literal('AppliedCustomerBillingRateBatch'),
  caseId: z.string(),
  proposalHash: z.string().length(64),
  appliedCustomerBillingRate: z.array(appliedCustomerBillingRate).min(1).max(ADJUSTMENTS_PER_MESSAGE),
});
const ratesOf = (messages: readonly OutboxMessage[]) =>
  messages
    .filter((m) => m.api === 'TMF678')
    .flatMap((m) => batch.parse(m.payload).appliedCustomerBillingRate);

describe('apply-remediation', () => {
  test('writes a ticket and the approved adjustments, once', async () => {
    const decided = await decidedCase(stores);
    const output = applyRemediationOutput.parse(await apply(decided));
    const hash = decided.proposalHash.slice(0, 16);
    expect(output).toMatchObject({
      adjustments: 3,
      messages: [`TMF621-C-0a1b2c3d-${hash}`, `TMF678-C-0a1b2c3d-${hash}-0001`],
    });
    const messages = await stores.outbox.list(decided.caseId);
    expect(messages.map((m) => m.idempotencyKey)).toEqual(output.messages);
    expect(troubleTicketCreate.parse(messages[0]?.payload)).toMatchObject({
      name: 'Zero-rated voice on ocs-2',
      relatedEntity: [
        { id: 'C-0a1b2c3d', role: 'case' },
        { id: 'CHG-7', role: 'coinciding-change' },
      ],
      note: [{ author: 'anna', text: 'Approved (evidence-sufficient): Checked three records by hand' }],
    });
    const rates = ratesOf(messages);
    expect(
      rates.map((rate) => [rate.id, rate.billingAccount.id, rate.product.id, rate.taxExcludedAmount.value]),
    ).toEqual([
      ['v-a', 'acc-1', 'sub-1', '0.150001'],
      ['v-b', 'acc-2', 'sub-2', '2.000000'],
      ['v-c', 'acc-1', 'sub-1', '3.999999'],
    ]);
    expect(rates[0]?.characteristic).toEqual([
      { name: 'correlationId', value: 'call-v-a' },
      { name: 'eventTime', value: '2026-10-14T11:02:03.000Z' },
      { name: 'service', value: 'voice' },
    ]);
    expect((await stores.cases.events(decided.caseId)).at(-1)).toMatchObject({ kind: 'remedy-applied' });
  });

  test('what is ordered is what was approved, to the last decimal', async () => {
    const decided = await decidedCase(stores);
    await apply(decided);
    const ordered = ratesOf(await stores.outbox.list()).map((rate) =>
      parseMoney(rate.taxExcludedAmount.value, 'EUR/6'),
    );
    const confirmed = (await stores.cases.findCase(decided.caseId))?.money.confirmed;
    expect(sum(ordered, 'EUR/6')).toEqual(confirmed && fromMoneyJson(confirmed));
    expect(sum(ordered, 'EUR/6')).toEqual(money(6150000n, 'EUR/6'));
  });

  test('an adjustment for a subscription names its period and no session', async () => {
    const decided = await decidedCase(stores, {
      violations: [
        aViolation({
          violation_id: 'v-a',
          impact: '-6.150000',
          grain: 'subscription',
          key: 'sub-1',
          service: null,
        }),
      ],
      finding: { direction: 'over-charged', impact: { minor: '-6150000', asset: 'EUR/6' }, controlId: 'P02' },
      conclusion: { remedy: 'provisioning-fix', changeId: null },
    });
    await apply(decided);
    const messages = await stores.outbox.list();
    expect(ratesOf(messages)).toMatchObject([
      {
        name: 'Adjustment P02 2026-10',
        taxExcludedAmount: { unit: 'EUR', value: '-6.150000' },
        characteristic: [
          { name: 'periodFrom', value: '2026-10-01' },
          { name: 'periodTo', value: '2026-10-31' },
          { name: 'eventTime', value: '2026-10-14T11:02:03.000Z' },
        ],
      },
    ]);
    expect(troubleTicketCreate.parse(messages[0]?.payload).relatedEntity).toHaveLength(1);
  });

  test('a ticket-only remedy writes the ticket alone', async () => {
    const decided = await decidedCase(stores, { conclusion: { remedy: 'ticket-only' } });
    expect(await apply(decided)).toMatchObject({ adjustments: 0 });
    expect((await stores.outbox.list()).map((m) => m.api)).toEqual(['TMF621']);
  });

  test('many adjustments go out in bounded messages, each in one', async () => {
    const many = Array.from({ length: 2 * ADJUSTMENTS_PER_MESSAGE + 1 }, (_, i) =>
      aViolation({ violation_id: `v-${String(i).padStart(5, '0')}`, impact: '0.000001' }),
    );
    const decided = await decidedCase(stores, {
      violations: many,
      finding: { impact: { minor: String(many.length), asset: 'EUR/6' } },
    });
    const { messages } = await apply(decided);
    expect(messages.map((key) => key.slice(-5)).slice(1)).toEqual(['-0001', '-0002', '-0003']);
    const ids = ratesOf(await stores.outbox.list()).map((rate) => rate.id);
    expect(ids).toEqual(many.map((violation) => violation.violation_id));
  });
});

describe('nothing is carried out without an approval of exactly that', () => {
  test.each<[string, (decided: DecidedCase) => DecidedCase]>([
    ['a decision that does not exist', (d) => ({ ...d, decisionId: 'd-000000000000' })],
    ['a proposal that was not decided', (d) => ({ ...d, proposalHash: '0'.repeat(64) })],
  ])('%s', async (_condition, tamper) => {
    const decided = await decidedCase(stores);
    await expect(apply(tamper(decided))).rejects.toMatchObject({ name: 'ProposalMismatch' });
    expect(await stores.outbox.list()).toEqual([]);
  });

  test('a rejection', async () => {
    const decided = await decidedCase(stores, { verdict: 'rejected' });
    await expect(apply(decided)).rejects.toMatchObject({ name: 'ProposalMismatch' });
    expect(await stores.outbox.list()).toEqual([]);
  });

  test('an approval of another case', async () => {
    const decided = await decidedCase(stores);
    const other = await awaitingDecision(stores.cases, {
      finding: aFinding({ findingId: 'f-ffffffffffffffff' }),
    });
    for (const mixed of [
      { ...decided, caseId: other.caseId },
      { ...decided, caseId: other.caseId, proposalHash: other.proposal.proposalHash },
      { ...decided, proposalHash: other.proposal.proposalHash },
    ]) {
      await expect(apply(mixed)).rejects.toMatchObject({ name: 'ProposalMismatch' });
    }
    expect(await stores.outbox.list()).toEqual([]);
  });

  test('an approval of another proposal of the same case', async () => {
    const decided = await decidedCase(stores);
    const other = aProposal(decided.caseId);
    await stores.cases.saveProposal(other);
    const mixed = { ...decided, proposalHash: other.proposalHash };
    await expect(apply(mixed)).rejects.toMatchObject({ name: 'ProposalMismatch' });
    expect(await stores.outbox.list()).toEqual([]);
  });

  test('an approval that does not hold what it orders', async () => {
    const decided = await decidedCase(stores);
    const cases = Object.create(stores.cases) as typeof stores.cases;
    for (const method of [
      'findCase',
      'listDecisions',
      'findProposal',
      'latestProposal',
      'hasHappened',
    ] as const)
      Object.assign(cases, { [method]: stores.cases[method].bind(stores.cases) });
    cases.orderedItems = async (hash) => (await stores.cases.orderedItems(hash)).slice(1);
    await expect(apply(decided, { ...stores, cases })).rejects.toMatchObject({ name: 'AlreadyOrdered' });
    expect(await stores.outbox.list()).toEqual([]);
  });

  test.each([
    [
      'a case that was closed before it was applied',
      'VersionMoved',
      ({ caseId }: DecidedCase) => stores.cases.changeCase(caseId, event('case-closed', 'closed'), {}),
    ],
    [
      'a proposal that is not the latest of its case',
      'ProposalMismatch',
      ({ caseId }: DecidedCase) => stores.cases.saveProposal(aProposal(caseId)),
    ],
  ] as const)('%s', async (_condition, error, meanwhile) => {
    const decided = await decidedCase(stores);
    await meanwhile(decided);
    await expect(apply(decided)).rejects.toMatchObject({ name: error });
    expect(await stores.outbox.list()).toEqual([]);
  });

  test('a case that still waits', async () => {
    const { caseId, proposal } = await awaitingDecision(stores.cases);
    const attempt = { caseId, decisionId: 'd-000000000001', proposalHash: proposal.proposalHash };
    await expect(applyRemediation(attempt, stores)).rejects.toMatchObject({ name: 'ProposalMismatch' });
  });

  test.each([
    ['a higher amount', (text: string) => text.replace('"minor":"150001"', '"minor":"950001"')],
    ['another account', (text: string) => text.replace('acc-1', 'acc-9')],
    ['one line less', (text: string) => text.split('\n').slice(1).join('\n')],
    ['a line twice', (text: string) => text + text],
    ['nothing', () => ''],
  ])('a list that was changed after the approval: %s', async (_condition, tamper) => {
    const decided = await decidedCase(stores);
    const file = (await stores.cases.findProposal(decided.proposalHash))?.adjustments.file ?? '';
    const text = await stores.runs.readText(file);
    expect(tamper(text)).not.toBe(text);
    await stores.runs.write(file, tamper(text));
    await expect(apply(decided)).rejects.toMatchObject({ name: 'ProposalMismatch' });
    expect(await stores.outbox.list()).toEqual([]);
  });
});

describe('a remedy that is stopped and repeated', () => {
  const STEPS = ['beginEffect', 'put', 'completeEffect', 'changeCase'];

  /** Ports that die at the n-th step of an effect, just before it or just after it. */
  function dyingAt(
    step: number,
    when: 'before' | 'after',
  ): { ports: ApplyRemediationPorts; steps: () => number } {
    let steps = 0;
    const dying = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(object, property) {
          const member = Reflect.get(object, property);
          if (typeof member !== 'function') return member;
          return async (...args: unknown[]) => {
            const counts = STEPS.includes(String(property));
            if (counts) steps += 1;
            const dies = counts && steps === step;
            if (dies && when === 'before') throw new Error('killed');
            const result = await member.apply(object, args);
            if (dies) throw new Error('killed');
            return result;
          };
        },
      });
    const ports = { cases: dying(stores.cases), runs: stores.runs, outbox: dying(stores.outbox) };
    return { ports, steps: () => steps };
  }

  const state = async ({ caseId }: DecidedCase) => ({
    outbox: await stores.outbox.list(),
    case: await stores.cases.findCase(caseId),
    events: (await stores.cases.events(caseId)).map(({ kind, data, hash }) => ({ kind, data, hash })),
  });

  test('has as many steps as the rows below', async () => {
    const { ports, steps } = dyingAt(0, 'before');
    await apply(await decidedCase(stores), ports);
    expect(steps()).toBe(7);
  });

  test.each(
    [1, 2, 3, 4, 5, 6, 7].flatMap(
      (step) =>
        [
          [step, 'before'],
          [step, 'after'],
        ] as const,
    ),
  )('after dying at step %i (%s) ends as if nothing had happened', async (step, when) => {
    const decided = await decidedCase(stores);
    await expect(apply(decided, dyingAt(step, when).ports)).rejects.toThrow('killed');
    const output = await apply(decided);
    const once = await state(decided);
    expect(await apply(decided)).toEqual(output);
    expect(await state(decided)).toEqual(once);
    expect(once.outbox).toHaveLength(2);
    expect(ratesOf(once.outbox).map((rate) => rate.id)).toEqual(LOSSES.map((v) => v.violation_id));
    expect(once.events.filter((e) => e.kind === 'remedy-applied')).toHaveLength(1);
  });

  test('is answered as before when its case was closed meanwhile', async () => {
    const decided = await decidedCase(stores);
    const output = await apply(decided);
    await stores.cases.changeCase(decided.caseId, event('case-closed', 'closed'), {});
    expect(await apply(decided)).toMatchObject({ messages: output.messages });
    expect(await stores.outbox.list()).toHaveLength(2);
  });

  test('writes nothing again when its messages were collected meanwhile', async () => {
    const decided = await decidedCase(stores);
    const output = await apply(decided);
    await rm(join(stores.folder, 'outbox'), { recursive: true });
    expect(await apply(decided)).toEqual(output);
    expect(await stores.outbox.list()).toEqual([]);
  });

  test('two at once write each message once', async () => {
    const decided = await decidedCase(stores);
    const [a, b] = await Promise.all([apply(decided), apply(decided)]);
    expect(a).toEqual(b);
    expect((await state(decided)).events.filter((e) => e.kind === 'remedy-applied')).toHaveLength(1);
    expect(await stores.outbox.list()).toHaveLength(2);
  });

  test('is in doubt when a message stands there with another content', async () => {
    const decided = await decidedCase(stores);
    const hash = decided.proposalHash.slice(0, 16);
    const key = `TMF678-${decided.caseId}-${hash}-0001`;
    await stores.outbox.put({ idempotencyKey: key, caseId: decided.caseId, api: 'TMF678', payload: {} });
    await expect(apply(decided)).rejects.toMatchObject({ name: 'EffectInDoubt' });
  });
});
