import { listRuns, openStores } from '#apps/host/stores.ts';
import { watermarks } from '#apps/host/watermarks.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { parsePeriod } from '#core/domain/period.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount } from '../format.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** How far every source has come, by event time and by arrival. */
export const FEEDS: CommandSpec = {
  usage: 'feeds',
  summary: 'How far each source of each feed has come: newest event, newest arrival, watermark, late records',
  example: 'plumbline feeds --period 2026-10',
  options: [
    { flags: '--period <period>', description: 'A month or a day (default: that of the newest run)' },
  ],
  run: feeds,
};

async function feeds(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const text = textOption(invocation, 'period') ?? (await listRuns(stores))[0]?.period;
    if (text === undefined)
      throw new PlumblineError('UsageError', {
        what: 'Nothing has been run yet, and no period was given',
        next: 'plumbline feeds --period 2026-10',
      });
    const period = parsePeriod(text).label;
    const found = await watermarks(stores, period);
    const right = 'right' as const;
    const columns = [
      { title: 'FEED' },
      { title: 'SOURCE' },
      { title: 'RECORDS', align: right },
      { title: 'NEWEST EVENT (UTC)' },
      { title: 'NEWEST ARRIVAL' },
      { title: 'LATE > 24 H', align: right },
      { title: 'COMPLETE BEFORE' },
    ];
    const rows = found.map((one) => [
      one.dataset,
      one.source ?? '–',
      showCount(one.records),
      one.newestEvent,
      one.newestArrival ?? 'not said',
      one.late === null ? '–' : showCount(one.late),
      one.watermark ?? 'not declared',
    ]);
    if (found.length === 0) output.print(`No event feed has anything of ${period}.`);
    else for (const line of tableLines(columns, rows)) output.print(line);
    return { data: { period, feeds: found } };
  } finally {
    await stores.close();
  }
}
