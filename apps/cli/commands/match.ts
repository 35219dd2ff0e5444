import { judgeCaseFile } from '#apps/host/match.ts';
import { ERROR_CODES, PlumblineError } from '#core/domain/errors.ts';
import type { CaseOutcome } from '#core/matching/rules/cases.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount } from '../format.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** Commands on matching. */
export const MATCH_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'match check',
    summary: 'Judge cases by matching rules: which match, by which rule, and why not',
    example: 'plumbline match check --cases cases.jsonl --json',
    options: [
      {
        flags: '--cases <file>',
        description: 'Cases as JSON Lines, a JSON array, or an object with an array `cases`',
      },
    ],
    run: checkCases,
  },
];

async function checkCases(invocation: Invocation, output: Output): Promise<CommandResult> {
  const path = textOption(invocation, 'cases');
  if (path === undefined) {
    throw new PlumblineError('UsageError', {
      what: 'It is not said which cases to judge',
      next: 'plumbline match check --cases <file>',
    });
  }
  const outcomes = await judgeCaseFile(path);
  for (const line of tableLines(COLUMNS, outcomes.map(cellsOf))) output.print(line);
  output.print();
  output.print(summary(outcomes));
  const failed = outcomes.some(({ error }) => error !== undefined);
  return { lines: outcomes.map(lineOf), ...(failed ? { exitCode: ERROR_CODES.SchemaMismatch.exit } : {}) };
}

const COLUMNS = [{ title: 'CASE' }, { title: 'MATCH' }, { title: 'EXPECTED' }, { title: 'WHY' }];

function cellsOf({ id, decision, error, expected }: CaseOutcome): string[] {
  const matched = decision === undefined ? 'error' : yesOrNo(decision.match);
  const why = error === undefined ? `${decision?.rule ?? '-'}: ${decision?.why}` : error.message;
  return [String(id), matched, expected === undefined ? '' : yesOrNo(expected), why];
}

function lineOf({ id, decision, error }: CaseOutcome) {
  if (error !== undefined) return { id, error: { code: error.code, name: error.name, ...error.facts } };
  return { id, match: decision?.match === true };
}

function summary(outcomes: readonly CaseOutcome[]): string {
  const told = outcomes.filter(({ expected }) => expected !== undefined);
  const met = told.filter(({ decision, expected }) => decision?.match === expected).length;
  const errors = outcomes.filter(({ error }) => error !== undefined).length;
  const parts = [`${showCount(outcomes.length)} cases`];
  if (told.length > 0) parts.push(`${showCount(met)} of ${showCount(told.length)} as expected`);
  if (errors > 0) parts.push(`${showCount(errors)} malformed`);
  return `${parts.join(', ')}.`;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
