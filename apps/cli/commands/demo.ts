import { type DemoResult, runDemo } from '#apps/host/demo.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount, showMoney } from '../format.ts';
import type { Output } from '../output.ts';
import { proposalLines } from '../show-case.ts';
import { scoreLines } from '../show-score.ts';

/** The main job on a fresh sample: found, explained, approved, remedied, verified, scored. */
export const DEMO: CommandSpec = {
  usage: 'demo',
  summary: "A sample operator's month: leakage found, explained, approved, remedied, verified, scored",
  example: 'plumbline demo --seed 7',
  options: [
    {
      flags: '--seed <n>',
      description: 'Which sample operator; the same seed gives the same digest',
      defaultValue: '1',
    },
    { flags: '--subscribers <n>', description: 'Size of the operator', defaultValue: '20000' },
    { flags: '--days <n>', description: 'Days of usage, ending 2026-10-31', defaultValue: '31' },
  ],
  run: demo,
};

async function demo(invocation: Invocation, output: Output): Promise<CommandResult> {
  const whole = (name: string): number => {
    const text = textOption(invocation, name) ?? '';
    if (/^\d+$/.test(text)) return Number(text);
    throw new PlumblineError('UsageError', { what: `--${name} ${text} is not a whole number` });
  };
  const result = await runDemo({
    home: invocation.home,
    seed: whole('seed'),
    subscribers: whole('subscribers'),
    days: whole('days'),
    onProgress: (step, detail, final) => output.ticker(step, detail, final),
  });
  return { data: printDemo(result, output) };
}

/** Prints the closing table and one case in full; returns the object for `--json`. */
export function printDemo(result: DemoResult, output: Output): Record<string, unknown> {
  output.print();
  for (const line of scoreLines(result.score)) output.print(line);
  output.print();
  output.print('What became of it');
  const { money } = result;
  for (const side of ['underCharged', 'overCharged'] as const) {
    const name = side === 'underCharged' ? 'lost by the operator' : 'owed back to customers';
    const m = money[side];
    output.print(
      `  ${name.padEnd(23)} found ${showMoney(m.found)}: recovered ${showMoney(m.recovered)}, given up ${showMoney(m.unrecoverable)}, approved and not posted yet ${showMoney(m.confirmed)}, waiting for a decision ${showMoney(m.potential)}`,
    );
  }
  output.print(
    `  ${showCount(result.cases.opened)} cases: ${showCount(result.cases.approved)} approved by the demo analyst within policy (${showCount(result.cases.closed)} of them closed), ${showCount(result.cases.awaiting)} wait for you`,
  );
  const small = result.findings.filter((finding) => !finding.material).length;
  if (small > 0) {
    output.print(
      `  ${showCount(small)} findings below EUR 25.00 did not become cases; they are in the score above, not in these sums`,
    );
  }
  if (result.example) {
    output.print();
    output.print(`One case in full: ${result.example.case.caseId}  ${result.example.case.title}`);
    output.print();
    for (const line of proposalLines(result.example.proposal)) output.print(line);
  }
  output.print();
  output.print(`Digest ${result.digest}`);
  output.print(`Done in ${result.seconds.toFixed(1)} s. Next: plumbline cases list`);
  return { ...result };
}
