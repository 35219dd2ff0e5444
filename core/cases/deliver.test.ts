import { aDecision, awaitingDecision, event, TOKEN } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { approvalResult } from '#tools/request-approval/schema.ts';
import { deliverDecisions } from './deliver.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
  const awaited = await awaitingDecision(stores.cases);
  await stores.cases.recordDecision(aDecision(awaited), TOKEN, [event('decision-recorded', 'remedying')]);
});
afterEach(() => stores.dispose());

test('a recorded decision is told once, in the form that the waiting state expects', async () => {
  const told: unknown[] = [];
  const send = async (token: string, answer: unknown) => {
    told.push([token, approvalResult.parse(answer)]);
  };
  expect(await deliverDecisions(stores.cases, send)).toEqual({ delivered: 1, failures: [] });
  expect(await deliverDecisions(stores.cases, send)).toEqual({ delivered: 0, failures: [] });
  expect(told).toMatchObject([[TOKEN, { verdict: 'approved', decidedBy: 'anna' }]]);
});

test('a delivery that fails is tried again next time', async () => {
  const down = new Error('unreachable');
  const failing = async () => {
    throw down;
  };
  expect(await deliverDecisions(stores.cases, failing)).toEqual({ delivered: 0, failures: [down] });
  expect((await deliverDecisions(stores.cases, async () => undefined)).delivered).toBe(1);
});
