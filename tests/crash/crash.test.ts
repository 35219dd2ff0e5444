import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTANTS } from './mutants.ts';
import { seeded } from './random.ts';
import { INTERRUPTED, scenarios } from './scenarios.ts';
import {
  type Crash,
  differences,
  type MakeJournal,
  type Observation,
  type Scenario,
  simulate,
} from './simulator.ts';

const LONG = process.env.PLUMBLINE_LONG !== undefined && process.env.PLUMBLINE_LONG !== '';
/** Schedules in all of the long run; the short run takes a sample of the same ones. */
const LONG_SCHEDULES = 20_000;
const SHORT_PAIRS = 40;
const SEED = 20_261_123;

const folder = mkdtempSync(join(tmpdir(), 'crash-'));
const ALL = scenarios(folder);
const cases = [...ALL, ...INTERRUPTED].map((scenario): [string, Scenario] => [scenario.name, scenario]);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function singles(commits: number): Crash[] {
  return Array.from({ length: commits }, (_, index) => index + 1).flatMap((commit): Crash[] => [
    { commit, side: 'before' },
    { commit, side: 'after' },
  ]);
}

/** Two or three crashes one after the other, chosen by the seed. */
function randomCrashes(random: () => number, commits: number): Crash[] {
  const count = random() < 0.8 ? 2 : 3;
  return Array.from({ length: count }, () => ({
    commit: 1 + Math.floor(random() * commits),
    side: random() < 0.5 ? 'before' : 'after',
  }));
}

async function faultsOf(
  scenario: Scenario,
  crashes: readonly Crash[],
  baseline: Observation,
  journal?: MakeJournal,
) {
  const run = await simulate(scenario, crashes, journal);
  const found = differences(run, baseline);
  return found.length === 0 ? undefined : `${JSON.stringify(crashes)}\n${found.join('\n')}`;
}

let ran = 0;

test.each(INTERRUPTED.map((scenario): [string, Scenario] => [scenario.name, scenario]))(
  '%s: without a crash nothing is left running',
  async (_name, scenario) => {
    const baseline = await simulate(scenario, []);
    expect(baseline.violations).toEqual([]);
    expect(baseline.executions.filter((line) => /\|(RUNNING|PENDING)\|/.test(line))).toEqual([]);
    expect(baseline.executions.filter((line) => line.includes('|ABORTED|')).length).toBeGreaterThan(3);
  },
);

test.each(cases.slice(0, ALL.length))('%s: a run without a crash ends well', async (_name, scenario) => {
  const baseline = await simulate(scenario, []);
  expect(baseline.violations).toEqual([]);
  expect(baseline.executions.every((execution) => execution.includes('|SUCCEEDED|'))).toBe(true);
  expect(baseline.effects.length).toBeGreaterThan(4);
});

test.each(cases)(
  '%s: a crash before or after any journal write changes nothing',
  async (_name, scenario) => {
    const baseline = await simulate(scenario, []);
    const faults: string[] = [];
    for (const crash of singles(baseline.commits)) {
      const fault = await faultsOf(scenario, [crash], baseline);
      ran += 1;
      if (fault !== undefined) faults.push(fault);
    }
    expect(faults).toEqual([]);
  },
  120_000,
);

test.each(cases)(
  '%s: several crashes in a row change nothing',
  async (_name, scenario) => {
    const baseline = await simulate(scenario, []);
    const random = seeded(SEED);
    const faults: string[] = [];
    const wanted = LONG ? Math.ceil(LONG_SCHEDULES / cases.length) : SHORT_PAIRS;
    for (let index = 0; index < wanted; index += 1) {
      const fault = await faultsOf(scenario, randomCrashes(random, baseline.commits), baseline);
      ran += 1;
      if (fault !== undefined) faults.push(fault);
    }
    expect(faults).toEqual([]);
  },
  900_000,
);

test('as many schedules ran as promised', () => {
  expect(ran).toBeGreaterThanOrEqual(LONG ? LONG_SCHEDULES : SHORT_PAIRS * cases.length);
});

test.each(MUTANTS.map(({ fault, makeJournal }) => [fault, makeJournal] as const))(
  'a journal that %s is noticed',
  async (_fault, makeJournal) => {
    const scenario = ALL[0] as Scenario;
    const baseline = await simulate(scenario, []);
    let caught = 0;
    for (const crash of singles(baseline.commits)) {
      if ((await faultsOf(scenario, [crash], baseline, makeJournal)) !== undefined) caught += 1;
    }
    expect(caught).toBeGreaterThan(0);
  },
  60_000,
);

test('every machine that ships is in the crash test', () => {
  const files = readdirSync(new URL('../../statemachines/', import.meta.url)).filter((file) =>
    file.endsWith('.asl.json'),
  );
  const covered = new Set(ALL.flatMap((scenario) => Object.keys(scenario.machines)));
  expect(files.map((file) => file.replace('.asl.json', '')).filter((name) => !covered.has(name))).toEqual([]);
});
