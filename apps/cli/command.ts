import type { Output } from './output.ts';

/** An option of a command, as it stands in help and completion. */
export interface OptionSpec {
  /** Commander's notation: `--seed <n>`. */
  readonly flags: string;
  readonly description: string;
  readonly defaultValue?: string;
  /** True where the option may be given several times. */
  readonly repeatable?: boolean;
}

/** What a command got: its arguments by name, its options by camel-cased name. */
export interface Invocation {
  readonly args: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly home: string;
}

/** What a command leaves: the data for `--json`, and the exit code when it is not 0. */
export interface CommandResult {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly exitCode?: number;
  /** With `--json`, print these lines, one JSON value each, instead of the object. */
  readonly lines?: readonly unknown[];
}

/** One command of the CLI. The table of these drives parsing, help, completion and the contract test. */
export interface CommandSpec {
  /** `cases approve <case>`: words, then positional arguments. */
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly options?: readonly OptionSpec[];
  run(invocation: Invocation, output: Output): Promise<CommandResult>;
}

/** The text of an option, or undefined when it was not given. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** True when a flag was given. */
export function flagOption(invocation: Invocation, name: string): boolean {
  return invocation.options[name] === true;
}
