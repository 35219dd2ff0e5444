import { definitionOf, STATE_MACHINES } from './machines.ts';
import { readTriggers } from './triggers.ts';

describe('statemachines/triggers.json', () => {
  test('names only state machines that exist, each trigger once', async () => {
    const { rules, schedules } = await readTriggers();
    const all = [...rules, ...schedules];
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { stateMachine } of all) expect(STATE_MACHINES).toContain(stateMachine);
  });

  test('nothing runs by the clock on a laptop unless an operator switches it on', async () => {
    const { schedules } = await readTriggers();
    expect(schedules.filter(({ state }) => state === 'ENABLED')).toEqual([]);
  });
});

test.each(STATE_MACHINES)('every placeholder of %s has a value', async (name) => {
  expect(await definitionOf(name)).not.toContain('${');
});
