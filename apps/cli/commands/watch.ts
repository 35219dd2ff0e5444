import { type WatchEvent, watchFolder } from '#apps/host/watch.ts';
import { openHost } from '#apps/host.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount, showDecimal } from '../format.ts';
import type { Output } from '../output.ts';

/** Takes in what comes, as it comes. */
export const WATCH: CommandSpec = {
  usage: 'watch <folder>',
  summary: 'Take in files as they arrive (or records by HTTP), and keep the days they touch reconciled',
  example: 'plumbline watch /var/feeds --every 5 --port 8080',
  options: [
    { flags: '--every <seconds>', description: 'Seconds between two looks at the folder', defaultValue: '5' },
    {
      flags: '--port <n>',
      description: 'Also take records by HTTP: POST /datasets/<dataset>/records with JSON Lines or text/csv',
    },
  ],
  run: watch,
};

async function watch(invocation: Invocation, output: Output): Promise<CommandResult> {
  const everyMs = Number(textOption(invocation, 'every')) * 1000;
  const port = textOption(invocation, 'port');
  if (!(everyMs >= 100) || (port !== undefined && !/^\d{1,5}$/.test(port))) {
    throw new PlumblineError('UsageError', {
      what: 'The interval or the port is no number that can be used',
      next: 'plumbline watch /var/feeds --every 5 --port 8080',
    });
  }
  const host = await openHost({ home: invocation.home });
  const seen = { files: 0, rows: 0, quarantined: 0, updates: 0, failures: 0 };
  try {
    const folder = invocation.args.folder ?? '';
    const watched = await watchFolder({
      host,
      folder,
      everyMs,
      ...(port === undefined ? {} : { port: Number(port) }),
      onEvent: (event) => {
        count(seen, event);
        tell(event, output);
      },
    });
    output.print(
      `Watching ${folder}${watched.endpoint === null ? '' : `, and ${watched.endpoint}/datasets/<dataset>/records`}. Ctrl-C stops it; nothing is lost.`,
    );
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    await watched.close();
  } finally {
    await host.close();
  }
  return { data: seen };
}

function count(seen: Record<string, number>, event: WatchEvent): void {
  const add = (name: string, n: number) => {
    seen[name] = (seen[name] ?? 0) + n;
  };
  if (event.kind === 'failed') add('failures', 1);
  if (event.kind === 'day') add('updates', 1);
  if (event.kind !== 'ingested') return;
  add('files', event.summary.ingested);
  add('rows', event.summary.rows);
  add('quarantined', event.summary.quarantined);
}

function tell(event: WatchEvent, output: Output): void {
  if (event.kind === 'ingested') {
    const { ingested, refused, rows, quarantined } = event.summary;
    const rejected = quarantined > 0 ? `, ${showCount(quarantined)} records quarantined` : '';
    const not = refused > 0 ? `, ${showCount(refused)} files refused (plumbline ingest says why)` : '';
    output.print(`${showCount(ingested)} files, ${showCount(rows)} records taken in${rejected}${not}`);
  } else if (event.kind === 'day') {
    const what = event.rebuilt
      ? 'all sessions judged'
      : `${showCount(event.touched)} ${event.touched === 1 ? 'session' : 'sessions'} judged again`;
    output.print(
      `${event.partition}: ${what}, ${showCount(event.violations)} violations, ${showDecimal(event.impact, event.currency)} open (${event.ms} ms)`,
    );
  } else if (event.kind === 'closed') {
    output.print(`${event.period} is complete: it is reconciled and investigated now`);
  } else {
    const { error } = event;
    output.print(
      `${event.what}: ${isPlumblineError(error) ? `${error.code} ${error.message}` : String(error)}`,
    );
  }
}
