import { readFile } from 'node:fs/promises';
import { CONTROLS } from '#core/controls/registry.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { CommandResult, CommandSpec, Invocation } from '../command.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** Commands on the control library. */
export const CONTROL_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'controls list',
    summary: 'The control library',
    example: 'plumbline controls list',
    run: listControls,
  },
  {
    usage: 'controls show <id>',
    summary: 'One control: what it compares, tolerance, money formula, owner',
    example: 'plumbline controls show U06',
    run: showControl,
  },
];

type Control = (typeof CONTROLS)[number];

async function listControls(_invocation: Invocation, output: Output): Promise<CommandResult> {
  const columns = [
    { title: 'CONTROL' },
    { title: 'WHAT IT CHECKS' },
    { title: 'GRAIN' },
    { title: 'SEVERITY' },
    { title: 'OWNER' },
  ];
  const rows = CONTROLS.map((control) => [
    control.id,
    control.title,
    control.grain,
    control.severity,
    control.owner,
  ]);
  for (const line of tableLines(columns, rows)) output.print(line);
  return { data: { controls: CONTROLS.map(publicPart) } };
}

async function showControl(invocation: Invocation, output: Output): Promise<CommandResult> {
  const id = invocation.args.id ?? '';
  const control = CONTROLS.find((candidate) => candidate.id.toLowerCase() === id.toLowerCase());
  if (!control) {
    throw new PlumblineError('UnknownName', {
      what: `There is no control "${id}"`,
      next: `one of ${CONTROLS.map((candidate) => candidate.id).join(', ')}`,
    });
  }
  output.print((await readFile(new URL('README.md', control.match), 'utf8')).trimEnd());
  output.print();
  for (const [name, value] of Object.entries(publicPart(control)))
    output.print(`${name.padEnd(14)} ${inWords(value)}`);
  return { data: publicPart(control) };
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).map(([name, text]) => `${name}: ${text}`);
  return parts.length === 0 ? 'none' : parts.join('; ');
}

/** What a control says about itself, without its functions. */
function publicPart(control: Control): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(control).flatMap(([name, value]) =>
      typeof value === 'function' || value instanceof URL ? [] : [[name, value]],
    ),
  );
}
