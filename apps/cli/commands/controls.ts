import { readFile } from 'node:fs/promises';
import { type ControlTest, controlToTest, testControl } from '#apps/host/control-test.ts';
import { loadWorkspaceControls, notFed } from '#apps/host/controls.ts';
import { listRuns, openStores } from '#apps/host/stores.ts';
import { type Control, freshnessOf } from '#core/controls/control.ts';
import { allControls } from '#core/controls/registry.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type Day, parseDay } from '#core/domain/period.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount, showDecimal } from '../format.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** Commands on the control library. */
export const CONTROL_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'controls list',
    summary: 'The control library and the controls of this workspace, with the outcome of the last run',
    example: 'plumbline controls list',
    run: listControls,
  },
  {
    usage: 'controls show <id>',
    summary: 'One control: what it compares, tolerance, money formula, owner',
    example: 'plumbline controls show U06',
    run: showControl,
  },
  {
    usage: 'controls test <control>',
    summary:
      'Dry-run one control, by id or folder, over past days: what it would find, and what of it is known',
    example: 'plumbline controls test X01 --from 2026-10-01 --to 2026-10-31',
    options: [
      { flags: '--from <day>', description: 'First day, YYYY-MM-DD' },
      { flags: '--to <day>', description: 'Last day, YYYY-MM-DD, inclusive; default: the first' },
    ],
    run: dryRun,
  },
];

/** A control as it is listed. */
interface Listed extends Readonly<Record<string, unknown>> {
  readonly area: string;
  readonly lastRun: string | null;
  readonly outcome: string | null;
  readonly notFed: readonly string[];
}

async function listControls(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    await loadWorkspaceControls(invocation.home, stores);
    const runs = await listRuns(stores);
    const listed: Listed[] = [];
    for (const control of allControls()) {
      const last = runs.find((run) => run.controls.some(({ controlId }) => controlId === control.id));
      const outcome = last?.controls.find(({ controlId }) => controlId === control.id)?.outcome ?? null;
      const missing = await notFed(control, stores.lake);
      listed.push({
        ...publicPart(control),
        area: areaOf(control),
        lastRun: last?.runId ?? null,
        outcome,
        notFed: missing,
      });
      output.ticker('controls', control.id);
    }
    const rows = allControls().map((control, i) => {
      const { area, outcome, notFed: missing } = listed[i] ?? {};
      const seen =
        missing !== undefined && missing.length > 0
          ? `not fed: ${missing.join(', ')}`
          : (outcome ?? 'not run yet');
      return [area ?? '', control.id, control.title, control.grain, control.severity, control.owner, seen];
    });
    const titles = ['AREA', 'CONTROL', 'WHAT IT CHECKS', 'GRAIN', 'SEVERITY', 'OWNER', 'LAST RUN'];
    for (const line of tableLines(
      titles.map((title) => ({ title })),
      rows,
    ))
      output.print(line);
    return { data: { controls: listed } };
  } finally {
    await stores.close();
  }
}

/** The group of the catalogue that an id belongs to. */
function areaOf({ id }: Control): string {
  return AREAS[id[0] ?? ''] ?? 'other';
}

const AREAS: Readonly<Record<string, string>> = {
  U: 'usage',
  R: 'rating and bill',
  P: 'subscription',
  X: 'workspace',
};

async function showControl(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    await loadWorkspaceControls(invocation.home, stores);
  } finally {
    await stores.close();
  }
  const id = invocation.args.id ?? '';
  const control = allControls().find((candidate) => candidate.id.toLowerCase() === id.toLowerCase());
  if (!control) {
    throw new PlumblineError('UnknownName', {
      what: `There is no control "${id}"`,
      next: `one of ${allControls()
        .map((candidate) => candidate.id)
        .join(', ')}`,
    });
  }
  const text = control.declared?.sql ?? (await readFile(new URL('README.md', control.match), 'utf8'));
  output.print(text.trimEnd());
  output.print();
  const money = /^Money: (.+)$/m.exec(text)?.[1];
  const data = { ...(money === undefined ? {} : { money }), ...publicPart(control) };
  for (const [name, value] of Object.entries(data)) output.print(`${name.padEnd(14)} ${inWords(value)}`);
  return { data };
}

async function dryRun(invocation: Invocation, output: Output): Promise<CommandResult> {
  const range = rangeOf(invocation);
  const stores = await openStores(invocation.home);
  try {
    const control = await controlToTest(stores, invocation.args.control ?? '');
    const tested = await testControl(stores, control, range, (period) =>
      output.ticker('test', `${control.id} ${period}`),
    );
    output.ticker('test', `${control.id}: nothing was written`, true);
    for (const line of testLines(tested)) output.print(line);
    const { control: _control, ...rest } = tested;
    return { data: { control: publicPart(control), ...rest } };
  } finally {
    await stores.close();
  }
}

function rangeOf(invocation: Invocation): { readonly from: Day; readonly to: Day } {
  const from = dayOption(invocation, 'from');
  const to = textOption(invocation, 'to') === undefined ? from : dayOption(invocation, 'to');
  if (to >= from) return { from, to };
  throw new PlumblineError('UsageError', { what: `--to ${to} is before --from ${from}`, next: 'swap them' });
}

function dayOption(invocation: Invocation, name: string): Day {
  const text = textOption(invocation, name);
  try {
    return parseDay(text ?? '');
  } catch {
    throw new PlumblineError('UsageError', {
      what: text === undefined ? `No --${name} was given` : `"${text}" is not a day`,
      next: `--${name} 2026-10-14`,
    });
  }
}

function testLines(tested: ControlTest): string[] {
  const { control, currency, periods, largest, duplicates } = tested;
  const right = 'right' as const;
  const columns = [
    { title: 'PERIOD' },
    { title: 'OUTCOME' },
    { title: 'VIOLATIONS', align: right },
    { title: 'UNDER-CHARGED', align: right },
    { title: 'OVER-CHARGED', align: right },
    { title: 'SECONDS', align: right },
    { title: 'WHY' },
  ];
  const rows = periods.map((one) => [
    one.period,
    one.outcome,
    showCount(one.violations),
    showDecimal(one.underCharged, currency, false),
    showDecimal(one.overCharged, currency, false),
    String(one.seconds),
    one.reasons[0] ?? '',
  ]);
  const cases = duplicates.map(
    (one) =>
      `  ${one.caseId}  ${one.controlId}, ${one.status}: ${showCount(one.violations)} of these violations, ${showDecimal(one.amount, currency)}; ${showCount(one.orders)} orders sent. ${one.title}`,
  );
  return [
    `${control.id} ${control.title}, version ${control.ruleVersion}. Dry run: no run, no case was written.`,
    '',
    ...tableLines(columns, rows),
    '',
    `${showCount(tested.violations)} violations: ${showDecimal(tested.underCharged, currency)} under-charged, ${showDecimal(tested.overCharged, currency)} over-charged, in ${tested.seconds} s`,
    ...(largest.length === 0 ? [] : ['', 'Largest']),
    ...largest.map(({ sentence }) => `  ${sentence}`),
    '',
    cases.length === 0 ? 'No case has any of these records.' : 'Cases that have records of it already',
    ...cases,
  ];
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).map(([name, text]) => `${name}: ${text}`);
  return parts.length === 0 ? 'none' : parts.join('; ');
}

/** What a control says about itself, without its functions and its SQL; of a declared one with its money formula. */
function publicPart(control: Control): Record<string, unknown> {
  const own = Object.entries(control).flatMap(([name, value]) =>
    typeof value === 'function' || value instanceof URL || name === 'declared' ? [] : [[name, value]],
  );
  const declared = control.declared;
  return {
    ...Object.fromEntries(own),
    freshness: freshnessOf(control),
    ...(declared === undefined ? {} : { money: declared.declaration.money, declared: declared.hash }),
  };
}
