import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { PlumblineError } from '#core/domain/errors.ts';
import type { CommandResult, CommandSpec, Invocation } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT_CODES_HELP, WELCOME } from './help.ts';
import { Output, type Streams } from './output.ts';

const VERSION: string = createRequire(import.meta.url)('../../package.json').version;

const PROCESS_STREAMS: Streams = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
};

// A reader such as `head` may close the pipe early: the command goes on, it only has nobody to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Runs one command line. Returns the exit code; writes to the streams and never throws. */
export async function main(argv: readonly string[], streams: Streams = PROCESS_STREAMS): Promise<number> {
  const started = performance.now();
  let exitCode = 0;
  const program = newProgram(streams);
  for (const spec of COMMANDS) {
    addCommand(program, spec, async (invocation, globals) => {
      const output = new Output(streams, { json: globals.json, quiet: globals.quiet, started });
      exitCode = await execute(spec, invocation, output, globals.debug);
    });
  }
  try {
    if (argv.length === 0) streams.stdout(WELCOME);
    else if (argv[0] === 'help' && argv[1] === 'exit-codes') streams.stdout(EXIT_CODES_HELP);
    else await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return usageFailure(error, argv, streams);
  }
  return exitCode;
}

interface Globals {
  readonly home: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

function newProgram(streams: Streams): Command {
  return new Command('plumbline')
    .description('Revenue assurance for telecom operators: find, prove, explain, remedy, verify.')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .helpCommand(true)
    .addHelpText('after', '\nExit codes: plumbline help exit-codes')
    .configureOutput({ writeOut: streams.stdout, writeErr: streams.stderr });
}

function addCommand(
  program: Command,
  spec: CommandSpec,
  action: (invocation: Invocation, globals: Globals) => Promise<void>,
): void {
  const words = spec.usage.split(' ').filter((word) => !/^[<[]/.test(word));
  const positionals = spec.usage.split(' ').filter((word) => /^[<[]/.test(word));
  const parent = words.length > 1 ? group(program, words[0] ?? '') : program;
  const command = parent.command([words.at(-1), ...positionals].join(' '));
  command.description(spec.summary).addHelpText('after', `\nExample:\n  ${spec.example}`);
  for (const option of spec.options ?? []) {
    const built = new Option(option.flags, option.description);
    if (option.defaultValue !== undefined) built.default(option.defaultValue);
    if (option.repeatable)
      built.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]);
    command.addOption(built);
  }
  addGlobals(command);
  command.action(async (...parameters: unknown[]) => {
    const options = command.opts();
    const names = positionals.map((word) => word.replace(/[<>[\].]/g, ''));
    const args = Object.fromEntries(
      names.flatMap((name, i) => (parameters[i] === undefined ? [] : [[name, String(parameters[i])]])),
    );
    const globals = {
      home: resolve(options.home ?? process.env.PLUMBLINE_HOME ?? '.plumbline'),
      json: options.json === true,
      quiet: options.quiet === true,
      debug: options.debug === true,
    };
    await action({ args, options, home: globals.home }, globals);
  });
}

function group(program: Command, name: string): Command {
  const found = program.commands.find((command) => command.name() === name);
  if (found) return found;
  return program.command(name).description(`Commands on ${name}`).exitOverride();
}

function addGlobals(command: Command): void {
  command
    .option('--home <folder>', 'Data folder (default: $PLUMBLINE_HOME, else .plumbline)')
    .option('--json', 'Print one JSON object on stdout, and only that')
    .option('--quiet', 'No progress')
    .option('--debug', 'Stack traces on failure');
}

async function execute(
  spec: CommandSpec,
  invocation: Invocation,
  output: Output,
  debug: boolean,
): Promise<number> {
  const name = spec.usage.replace(/ [<[].*$/, '');
  try {
    const result: CommandResult = await spec.run(invocation, output);
    output.finish(name, result);
    return result.exitCode ?? 0;
  } catch (error) {
    return output.fail(name, error, debug);
  }
}

function usageFailure(error: CommanderError, argv: readonly string[], streams: Streams): number {
  if (error.exitCode === 0) return 0;
  if (argv.includes('--json')) {
    const wrapped = new PlumblineError('UsageError', { what: error.message, next: 'plumbline --help' });
    new Output(streams, { json: true, quiet: true, started: 0 }).fail(argv[0] ?? '', wrapped, false);
  }
  return 2;
}
