import { join } from 'node:path';
import { readAdjustments, readOutbox } from '#sample/outbox-reader.ts';
import { decidedCase } from '#tests/support/remedies.ts';
import { aViolation, openTestStores, type TestStores } from '#tests/support/stores.ts';
import { applyRemediation } from '#tools/apply-remediation/tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

/** What the billing desk of the sample operator understands of what a remedy wrote. */
async function understood(options: Parameters<typeof decidedCase>[1]) {
  const { caseId, decisionId, proposalHash } = await decidedCase(stores, options);
  await applyRemediation({ caseId, decisionId, proposalHash }, stores);
  const messages = readOutbox(join(stores.folder, 'outbox'));
  return messages.map((message) => readAdjustments(message)).filter((order) => order !== undefined);
}

describe('the billing desk reads what a remedy writes', () => {
  test('a session: on its own instant, not on the day of the decision', async () => {
    const [order] = await understood({
      violations: [aViolation({ violation_id: 'v-a', impact: '6.150000', key: 'call-1' })],
    });
    expect(order?.reference).toMatch(/^TMF678-C-0a1b2c3d-[0-9a-f]{16}-0001$/);
    expect(order?.items).toEqual([
      {
        id: 'v-a',
        subscriptionId: 'sub-1',
        amount: '6.150000',
        correlationId: 'call-1',
        eventTime: '2026-10-14T11:02:03.000',
      },
    ]);
  });

  test('a subscription: with its period and without a session', async () => {
    const [order] = await understood({
      violations: [
        aViolation({
          violation_id: 'v-a',
          impact: '-6.150000',
          grain: 'subscription',
          key: 'sub-1',
          event_time: '2026-09-30T22:00:00.000Z',
        }),
      ],
      finding: { direction: 'over-charged', impact: { minor: '-6150000', asset: 'EUR/6' } },
      conclusion: { remedy: 'credit-note' },
    });
    expect(order?.items).toEqual([
      {
        id: 'v-a',
        subscriptionId: 'sub-1',
        amount: '-6.150000',
        eventTime: '2026-09-30T22:00:00.000',
        periodFrom: '2026-10-01',
        periodTo: '2026-10-31',
      },
    ]);
  });

  test('a ticket holds no adjustments', async () => {
    expect(await understood({ conclusion: { remedy: 'ticket-only' } })).toEqual([]);
  });
});
