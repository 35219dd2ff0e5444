import pc from 'picocolors';
import { isPlumblineError } from '#core/domain/errors.ts';
import type { CommandResult } from './command.ts';

/** Where the result and everything else go. stdout is the result; stderr is progress, warnings and errors. */
export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** True when stderr is a terminal: progress may be updated in place there. */
  readonly interactive: boolean;
}

/** What a command writes to: result lines, progress, warnings. */
export class Output {
  readonly json: boolean;
  readonly warnings: string[] = [];
  readonly #streams: Streams;
  readonly #quiet: boolean;
  readonly #started: number;
  #openLine = false;

  constructor(streams: Streams, options: { json: boolean; quiet: boolean; started: number }) {
    this.#streams = streams;
    this.json = options.json;
    this.#quiet = options.quiet;
    this.#started = options.started;
  }

  /** A line of the result for people; silent with `--json`, where the object says it. */
  print(line = ''): void {
    if (this.json) return;
    this.#endProgressLine();
    this.#streams.stdout(`${line}\n`);
  }

  /** One line per step, with the seconds since the start. Never on stdout. */
  progress(step: string, detail = ''): void {
    if (this.#quiet) return;
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1).padStart(6);
    this.#endProgressLine();
    this.#streams.stderr(`${pc.dim(`${seconds} s`)}  ${step.padEnd(11)} ${pc.dim(detail)}\n`);
  }

  /** A step that moves: updated in place on a terminal; in a pipe only its final line is written. */
  ticker(step: string, detail: string, final = false): void {
    if (this.#quiet) return;
    if (!this.#streams.interactive || final) {
      if (final) this.progress(step, detail);
      return;
    }
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1).padStart(6);
    this.#streams.stderr(`\r\x1b[2K${pc.dim(`${seconds} s`)}  ${step.padEnd(11)} ${pc.dim(detail)}`);
    this.#openLine = true;
  }

  warn(text: string): void {
    this.warnings.push(text);
    this.#endProgressLine();
    if (!this.json) this.#streams.stderr(`${pc.yellow('warning')} ${text}\n`);
  }

  /** Writes the result of a command in the form that was asked for. */
  finish(command: string, result: CommandResult): void {
    if (!this.json) return;
    if (result.lines) {
      for (const line of result.lines) this.#streams.stdout(`${JSON.stringify(line)}\n`);
      return;
    }
    const head = { schema: `plumbline/${command.replaceAll(' ', '-')}/1`, command };
    const ok = (result.exitCode ?? 0) === 0;
    this.#streams.stdout(`${JSON.stringify({ ...head, ok, warnings: this.warnings, ...result.data })}\n`);
  }

  /** Writes a failure: code, what, where, why, next. Returns the exit code. */
  fail(command: string, error: unknown, debug: boolean): number {
    this.#endProgressLine();
    const known = isPlumblineError(error);
    const message = error instanceof Error ? error.message : String(error);
    const code = known ? error.code : 'PL0001';
    if (this.json) {
      const head = { schema: `plumbline/${command.replaceAll(' ', '-')}/1`, command, ok: false };
      const facts = known ? { name: error.name, ...error.facts } : { what: message };
      this.#streams.stdout(
        `${JSON.stringify({ ...head, warnings: this.warnings, error: { code, message, ...facts } })}\n`,
      );
    }
    this.#streams.stderr(`${pc.red(code)} ${message}\n`);
    if (debug && error instanceof Error) this.#streams.stderr(`${error.stack}\n`);
    else if (!known)
      this.#streams.stderr(pc.dim('This is a defect. Next: run again with --debug and report it\n'));
    return known ? error.exitCode : 1;
  }

  #endProgressLine(): void {
    if (this.#openLine) this.#streams.stderr('\n');
    this.#openLine = false;
  }
}
