import { RATER_FORMS, type RatedEvent, rateFile, TARIFF_FORMATS } from '#apps/host/rate.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** Prices events by a tariff folder, without a data folder. */
export const RATE: CommandSpec = {
  usage: 'rate',
  summary: 'Price events by a tariff folder, exactly',
  example: 'plumbline rate --tariff tariff/ --tariff-format cgrates --events calls.jsonl --json',
  options: [
    { flags: '--tariff <folder>', description: 'Folder of the tariff, or of a folder per plan' },
    {
      flags: '--tariff-format <format>',
      description: `One of ${TARIFF_FORMATS.join(', ')}`,
      defaultValue: 'canonical',
    },
    { flags: '--events <file>', description: 'Events, one JSON object a line' },
    {
      flags: '--form <form>',
      description: 'ts, sql, or both: fail when they differ',
      defaultValue: 'ts',
    },
    { flags: '--explain <id>', description: 'Say step by step how this event is priced' },
  ],
  run,
};

async function run(invocation: Invocation, output: Output): Promise<CommandResult> {
  const explain = textOption(invocation, 'explain');
  const form = oneOf(invocation, 'form', RATER_FORMS);
  const results: RatedEvent[] = [];
  const options = {
    tariff: required(invocation, 'tariff'),
    format: oneOf(invocation, 'tariffFormat', TARIFF_FORMATS),
    events: required(invocation, 'events'),
    form: explain !== undefined && form === 'sql' ? ('both' as const) : form,
    onWarning: (text: string) => output.warn(text),
  };
  for await (const rated of rateFile(options)) {
    if (explain === undefined || rated.id === explain) results.push(rated);
  }
  if (explain !== undefined) return explained(explain, results, output);
  const columns = [
    { title: 'EVENT' },
    { title: 'COST', align: 'right' as const },
    { title: 'CURRENCY' },
    { title: 'WHY NOT' },
  ];
  const rows = results.map((rated) => [
    rated.id ?? `line ${rated.line}`,
    rated.cost ?? '',
    rated.currency ?? '',
    [rated.error, rated.what].filter(Boolean).join(': '),
  ]);
  for (const line of tableLines(columns, rows)) output.print(line);
  const failed = results.filter((rated) => rated.error !== undefined).length;
  output.print();
  output.print(`${results.length - failed} priced, ${failed} not priced`);
  return { lines: results.map(publicPart), exitCode: exitCodeOf(results) };
}

/** Suspense is an answer; a line that could not be read is bad input. */
function exitCodeOf(results: readonly RatedEvent[]): number {
  return results.some((rated) => rated.error === 'EVENT_INVALID') ? 2 : 0;
}

function explained(id: string, results: readonly RatedEvent[], output: Output): CommandResult {
  const [rated] = results;
  if (!rated)
    throw new PlumblineError('UnknownName', {
      what: `There is no event "${id}" in the file`,
      next: 'plumbline rate without --explain lists them',
    });
  rated.steps.forEach((step, i) => {
    output.print(`${String(i + 1).padStart(3)}  ${step}`);
  });
  output.print(
    rated.error ? `Not priced: ${rated.error}` : `Cost: ${rated.cost} ${rated.currency ?? ''}`.trimEnd(),
  );
  return {
    lines: [{ ...(publicPart(rated) as object), steps: rated.steps }],
    exitCode: exitCodeOf([rated]),
  };
}

function publicPart({ id, line, cost, currency, error, what }: RatedEvent): unknown {
  if (error === undefined) return { id, cost, ...(currency === undefined ? {} : { currency }) };
  return { id, error, ...(what === undefined ? {} : { line, code: 'PL7002', what }) };
}

function required(invocation: Invocation, name: string): string {
  const value = textOption(invocation, name);
  if (value === undefined)
    throw new PlumblineError('UsageError', {
      what: `Option --${name} is missing`,
      next: 'plumbline rate --help',
    });
  return value;
}

function oneOf<T extends string>(invocation: Invocation, name: string, known: readonly T[]): T {
  const value = textOption(invocation, name);
  const found = known.find((candidate) => candidate === value);
  if (found === undefined)
    throw new PlumblineError('UsageError', {
      what: `"${value}" is none of ${known.join(', ')}`,
      next: 'plumbline rate --help',
    });
  return found;
}
