import { join } from 'node:path';
import { RECOVERY_ROUTES, type RecoverableViolation, recoverabilityOf } from '#core/cases/recoverability.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import type { Case } from '#core/domain/case.ts';
import { runKey } from '#core/domain/run.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import type { Stores } from './stores.ts';

/** Violations behind a case, with both sides and where each record stands in its file. */
export interface CaseRecords {
  readonly total: number;
  readonly rows: readonly WarehouseRow[];
}

const RECORDS = `
  SELECT v.* FROM read_parquet($violations) v
  JOIN read_parquet($members) m USING (violation_id)
  WHERE m.finding_id = $finding
  ORDER BY abs(v.impact) DESC, v.key
  LIMIT $limit`;

/** The violations of a case's finding in its last run, largest amount first. Throws RunNotFound. */
export async function recordsOf(stores: Stores, item: Case, limit: number): Promise<CaseRecords> {
  const session = await stores.warehouse.open();
  try {
    const files = {
      violations: await stores.runs.localPath(runKey(item.runId, 'violations')),
      members: await stores.runs.localPath(runKey(item.runId, 'members')),
    };
    const rows = await session.query(RECORDS, { ...files, finding: item.findingId, limit });
    const [count] = await session.query(
      'SELECT count(*) AS n FROM read_parquet($members) WHERE finding_id = $finding',
      {
        members: files.members,
        finding: item.findingId,
      },
    );
    return { total: Number(count?.n ?? 0), rows: rows.map(withRecoverability) };
  } finally {
    await session.close();
  }
}

/** Each violation with its money state's other half: until when it can be recovered, and what that takes. */
function withRecoverability(row: WarehouseRow): WarehouseRow {
  const { recoverableUntil, route } = recoverabilityOf(
    row as unknown as RecoverableViolation,
    DEFAULT_REMEDY_RULES,
  );
  return { ...row, recoverable_until: recoverableUntil, recovery_takes: RECOVERY_ROUTES[route] };
}

/** Records that could not be read: file, byte offset, reason and the line as it stood. */
export async function quarantinedRecords(stores: Stores, limit: number): Promise<readonly WarehouseRow[]> {
  const session = await stores.warehouse.open();
  try {
    const [found] = await session.query('SELECT count(*) AS n FROM glob($files)', {
      files: quarantineFiles(stores),
    });
    if (Number(found?.n ?? 0) === 0) return [];
    return await session.query(
      'SELECT dataset, file_id, byte_offset, reason, raw FROM read_parquet($files) ORDER BY dataset, file_id, byte_offset LIMIT $limit',
      { files: quarantineFiles(stores), limit },
    );
  } finally {
    await session.close();
  }
}

function quarantineFiles(stores: Stores): string {
  return join(stores.home, 'lake', 'quarantine', '*', '*.parquet');
}
