import { quarantinedRecords, recordsOf } from '#apps/host/records.ts';
import { openStores } from '#apps/host/stores.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { findCase } from '../find-case.ts';
import type { Output } from '../output.ts';
import { recordLines } from '../show-records.ts';
import { tableLines } from '../table.ts';

const LIMIT = { flags: '--limit <n>', description: 'Largest number of records shown', defaultValue: '50' };

/** Commands that show single records. */
export const RECORD_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'cases records <case>',
    summary: 'The violations behind a case, each with both records, their files and byte offsets',
    example: 'plumbline cases records C-12345678 --limit 5',
    options: [LIMIT],
    run: showRecords,
  },
  {
    usage: 'quarantine',
    summary: 'Records that could not be read: file, byte offset, reason, and the line as it stood',
    example: 'plumbline quarantine --limit 20',
    options: [LIMIT],
    run: showQuarantine,
  },
];

async function showRecords(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const found = await findCase(stores, invocation.args.case ?? '');
    const records = await recordsOf(stores, found, limitOf(invocation));
    output.print(`${found.caseId}  ${found.title}`);
    for (const line of recordLines(records)) output.print(line);
    return { data: { caseId: found.caseId, total: records.total, records: records.rows } };
  } finally {
    await stores.close();
  }
}

async function showQuarantine(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const records = await quarantinedRecords(stores, limitOf(invocation));
    const columns = [
      { title: 'DATASET' },
      { title: 'FILE @ OFFSET' },
      { title: 'REASON' },
      { title: 'RECORD' },
    ];
    const rows = records.map((row) => [
      String(row.dataset),
      `${row.file_id} @ ${row.byte_offset}`,
      String(row.reason),
      JSON.stringify(String(row.raw ?? '').slice(0, 80)),
    ]);
    if (records.length === 0) output.print('Nothing is in quarantine.');
    else for (const line of tableLines(columns, rows)) output.print(line);
    return { data: { records } };
  } finally {
    await stores.close();
  }
}

function limitOf(invocation: Invocation): number {
  const text = textOption(invocation, 'limit') ?? '';
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new PlumblineError('UsageError', {
    what: `--limit ${text} is not a whole number of at least 1`,
    next: '--limit 50',
  });
}
