import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { addDays, parseDay, parsePeriod } from '#core/domain/period.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import { type CaseLookupPorts, ROWS_SHOWN } from '../ports.ts';
import type { CaseLookupInput } from '../schema.ts';
import { newestRun } from './runs.ts';

const CHANGES = new URL('../queries/changes.sql', import.meta.url);
/** Enough to count what a month of an operator holds. */
const ROWS_READ = 1_000;
const ALL_TIME = { from: parseDay('1970-01-01'), to: parseDay('9998-12-31') };

/** What the change log holds for a day or month, without one for the period of the newest run; or the change of a name. */
export async function lookUpChanges(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const name = input.name?.trim();
  const when = input.when ?? (name === undefined ? (await newestRun(ports))?.period : undefined);
  if (when === undefined && name === undefined) return { subject: 'changes', found: false, runsInTotal: 0 };
  const { from, to } = when === undefined ? ALL_TIME : parsePeriod(when);
  const files = await ports.lake.referenceFiles('change_log');
  const rows: WarehouseRow[] = [];
  const session = await ports.warehouse.open();
  try {
    for (const file of files) {
      rows.push(
        ...(await session.query(await ports.readSql(CHANGES), {
          file: await ports.lake.localPath(file),
          from_at: `${from} 00:00:00`,
          to_at: `${addDays(to, 1)} 00:00:00`,
          change_id: name ?? null,
          rows: ROWS_READ,
        })),
      );
    }
  } finally {
    await session.close();
  }
  return {
    subject: 'changes',
    found: true,
    ...(when === undefined ? {} : { when }),
    ...(name === undefined ? {} : { changeId: name }),
    changeLogLoaded: files.length > 0,
    changesInTotal: rows.length,
    changes: rows.slice(0, ROWS_SHOWN).map((row) => ({
      changeId: String(row.change_id),
      changedAt: `${String(row.changed_at).replace(' ', 'T').slice(0, 19)}Z`,
      system: String(row.system),
      kind: String(row.kind),
      target: String(row.target),
      description: String(row.description),
    })),
    more: rows.length > ROWS_SHOWN,
  };
}
