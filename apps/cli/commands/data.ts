import { basename } from 'node:path';
import { releasePostings, settle } from '#apps/host/decisions.ts';
import { billedArrived, closedMonths, ingest, withdraw } from '#apps/host/ingest.ts';
import { generateSample, scoreRun } from '#apps/host/sample.ts';
import { openStores } from '#apps/host/stores.ts';
import { announceClosedPeriod } from '#apps/host/triggers.ts';
import { openHost } from '#apps/host.ts';
import { DATASET_NAMES, type DatasetName, isDatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount } from '../format.ts';
import type { Output } from '../output.ts';
import { ingestLines } from '../show-ingest.ts';
import { scoreLines } from '../show-score.ts';

/** Commands that make, bring in and score data. */
export const DATA_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'generate',
    summary: 'Write the feeds of a sample operator, with known faults and innocent look-alikes',
    example: 'plumbline generate --out sample-data --seed 7 --subscribers 20000 --days 31',
    options: [
      { flags: '--out <folder>', description: 'Where feeds/ and truth/ are written' },
      { flags: '--seed <n>', description: 'The same seed writes the same bytes', defaultValue: '1' },
      { flags: '--subscribers <n>', description: 'Number of lines', defaultValue: '20000' },
      { flags: '--days <n>', description: 'Days of usage, ending 2026-10-31', defaultValue: '31' },
    ],
    run: generate,
  },
  {
    usage: 'ingest <path>',
    summary: 'Bring files into the lake, with lineage; bad records go to quarantine',
    example: 'plumbline ingest Master.csv --as usage --mapping asterisk-master',
    options: [
      {
        flags: '--as <dataset>',
        description: `Dataset of the files, where no feed.json says it: ${DATASET_NAMES.join(', ')}`,
      },
      {
        flags: '--mapping <name>',
        description: 'Mapping of delimited text: canonical, asterisk-master, freeswitch, opensips',
      },
      {
        flags: '--time-zone <zone>',
        description:
          'IANA zone of times that carry no offset, such as Europe/Vienna (default: that of the mapping, else UTC)',
      },
      {
        flags: '--withdraw',
        description:
          'Take an ingested file out again; <path> is its name in its feed folder, and --as its dataset. Quarantine keeps its records',
      },
    ],
    run: ingestPath,
  },
  {
    usage: 'score',
    summary: 'Compare a run with the truth that `generate` wrote: recall, precision, misses',
    example: 'plumbline score --truth sample-data/truth --run usage-reconciliation-2026-10-1a2b3c4d',
    options: [
      { flags: '--truth <folder>', description: 'The truth folder' },
      { flags: '--run <run>', description: 'The run (default: the newest)' },
    ],
    run: score,
  },
];

async function generate(invocation: Invocation, output: Output): Promise<CommandResult> {
  const out = textOption(invocation, 'out');
  if (out === undefined)
    throw new PlumblineError('UsageError', { what: 'No folder was given', next: '--out <folder>' });
  const summary = await generateSample({
    out,
    seed: wholeNumber(invocation, 'seed', 0),
    subscribers: wholeNumber(invocation, 'subscribers', 1),
    days: wholeNumber(invocation, 'days', 1),
    onProgress: (detail, final) => output.ticker('generate', detail, final),
  });
  output.print(
    `${showCount(summary.usageRows)} usage records of ${showCount(summary.subscribers)} subscribers in ${out}`,
  );
  output.print(`Next: plumbline ingest ${out}/feeds`);
  return { data: { ...summary } };
}

async function ingestPath(invocation: Invocation, output: Output): Promise<CommandResult> {
  const dataset = textOption(invocation, 'as');
  if (dataset !== undefined && !isDatasetName(dataset)) {
    throw new PlumblineError('UnknownName', {
      what: `There is no dataset "${dataset}"`,
      next: `one of ${DATASET_NAMES.join(', ')}`,
    });
  }
  const path = invocation.args.path ?? '';
  if (invocation.options.withdraw === true) return withdrawFile(invocation, dataset, path, output);
  const before = new Set(await closedIn(invocation.home));
  const summary = await ingest({
    path,
    dataset,
    mapping: textOption(invocation, 'mapping'),
    timeZone: textOption(invocation, 'timeZone'),
    home: invocation.home,
    keepData: true,
    onProgress: (detail, final) => output.ticker('ingest', `${basename(path)} ${detail}`, final),
  });
  const closed = (await closedIn(invocation.home)).filter((month) => !before.has(month));
  const told = await tellHost(invocation.home, closed, billedArrived(summary));
  for (const line of ingestLines(summary)) output.print(line);
  if (told.released > 0) {
    output.print(`${showCount(told.released)} remedies that waited for a bill run were verified again.`);
  }
  for (const month of closed) {
    output.print(
      told.announced
        ? `${month} is complete: the process that serves this folder reconciles it now.`
        : `${month} is complete. Next: plumbline run usage-reconciliation --period ${month}`,
    );
  }
  return {
    data: { ...summary, verificationsReleased: told.released, closedPeriods: closed },
    exitCode: summary.exitCode,
  };
}

async function withdrawFile(
  { home }: Invocation,
  dataset: DatasetName | undefined,
  name: string,
  output: Output,
): Promise<CommandResult> {
  if (dataset === undefined) {
    throw new PlumblineError('UsageError', {
      what: 'It is not said which dataset the file is of',
      next: `plumbline ingest --withdraw ${name} --as usage`,
    });
  }
  const withdrawal = await withdraw({ home, dataset, name });
  output.print(
    `${name} is withdrawn: ${showCount(withdrawal.rows)} rows and ${showCount(withdrawal.quarantined)} rejected records of ${dataset} no longer count.`,
  );
  output.print(
    'Results of earlier runs stay as they are. Next: ingest the right file, then run the period again',
  );
  return { data: { name, dataset, ...withdrawal } };
}

async function closedIn(home: string): Promise<string[]> {
  const stores = await openStores(home);
  try {
    return await closedMonths(stores.lake);
  } finally {
    await stores.close();
  }
}

/**
 * Passes on what an ingest means: remedies that wait for a bill run are measured, and a process that serves the folder
 * hears of periods that closed. Without one nothing is started behind the user's back.
 */
async function tellHost(
  home: string,
  closed: readonly string[],
  billed: boolean,
): Promise<{ readonly released: number; readonly announced: boolean }> {
  if (closed.length === 0 && !billed) return { released: 0, announced: false };
  const host = await openHost({ home });
  try {
    const cases = billed ? await releasePostings(host.stores, host.sfn) : [];
    for (const caseId of cases) await settle(host, caseId);
    if (!host.ownsCloud) for (const month of closed) await announceClosedPeriod(host.events, month);
    return { released: cases.length, announced: !host.ownsCloud };
  } finally {
    await host.close();
  }
}

async function score(invocation: Invocation, output: Output): Promise<CommandResult> {
  const truth = textOption(invocation, 'truth');
  if (truth === undefined) {
    throw new PlumblineError('UsageError', {
      what: 'No truth was given',
      next: '--truth <folder of generate>/truth',
    });
  }
  const result = await scoreRun({ home: invocation.home, truth, runId: textOption(invocation, 'run') });
  for (const line of scoreLines(result)) output.print(line);
  return { data: { ...result } };
}

function wholeNumber(invocation: Invocation, name: string, least: number): number {
  const text = textOption(invocation, name) ?? '';
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new PlumblineError('UsageError', {
    what: `--${name} ${text} is not a whole number of at least ${least}`,
    next: `plumbline generate --help`,
  });
}
