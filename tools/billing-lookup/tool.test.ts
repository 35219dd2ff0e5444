import { type InvestigatedRun, investigatedRun } from '#tests/support/investigated-run.ts';
import { attributesFor } from '#tests/support/tool-access.ts';
import { handlerWith } from './handler.ts';
import type { BillingLookupInput } from './schema.ts';
import { lookUpBilling } from './tool.ts';

describe('what stands behind a record', () => {
  let opened: InvestigatedRun;
  beforeAll(async () => {
    opened = await investigatedRun('2026-10-18');
  }, 120_000);
  afterAll(() => opened.close());

  const lookUp = (input: BillingLookupInput) =>
    lookUpBilling(input, opened.about('wrong-version').scope, opened.ports);

  test('record: usage, rated and billed items side by side', async () => {
    expect(await lookUp({ subject: 'record', key: 'c3-18' })).toMatchObject({
      key: 'c3-18',
      expected: '0.12',
      charged: '0.10',
      tariffVersionInForce: 2,
      usage: [{ recordId: 'u-c3-18-1', quantity: '60', fileId: 'usage_20261018.csv' }],
      rated: [{ tariffVersion: 1, amount: '0.10', source: 'ocs-2', ratePath: 'standard' }],
      billed: [{ chargeType: 'usage', amount: '0.10' }],
    });
  });

  test('record: without a key, the one with the largest amount', async () => {
    const reply = await lookUp({ subject: 'record' });
    expect(reply.key).toMatch(/^c\d+-18$/);
  });

  test('subscription: CRM, network and offer', async () => {
    expect(await lookUp({ subject: 'subscription', key: 'c3-18' })).toMatchObject({
      subscriptionId: 'C3',
      validities: [{ offerId: 'O1', purpose: 'customer', monthlyFee: '31.00', networkStatus: 'active' }],
    });
  });

  test('tariff-in-force: the price rows of all versions', async () => {
    const reply = await lookUp({ subject: 'tariff-in-force', key: 'c3-18' });
    expect(reply).toMatchObject({ tariffId: 'T1', versionInForce: 2, versionCharged: 1 });
    expect(reply.rows).toMatchObject([
      { version: 2, pricePerIncrement: '0.12' },
      { version: 1, pricePerIncrement: '0.10' },
    ]);
  });

  test.each<[string, BillingLookupInput]>([
    ['of another customer, which is right', { subject: 'record', key: 'c2-18' }],
    ['of another day', { subject: 'record', key: 'c3-17' }],
    ['that is a piece of SQL', { subject: 'record', key: "' OR 1=1 --" }],
  ])('a record %s is not found', async (_name, input) => {
    await expect(lookUp(input)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('the Lambda says so with a code and asks again', async () => {
    const { scope } = opened.about('wrong-version');
    const response = await handlerWith(opened.ports)(
      {
        messageVersion: '1.0',
        sessionId: 's',
        actionGroup: 'billing-lookup',
        function: 'billing-lookup',
        parameters: [
          { name: 'subject', type: 'string', value: 'record' },
          { name: 'key', type: 'string', value: 'c2-18' },
        ],
        sessionAttributes: attributesFor(scope),
      },
      { functionName: 'billing-lookup' } as never,
    );
    const { responseBody, responseState } = response.response.functionResponse;
    expect(responseState).toBe('REPROMPT');
    expect(JSON.parse(responseBody.TEXT.body)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});
