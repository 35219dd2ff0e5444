import { join } from 'node:path';
import { gapKeyOf, type ItemPlace } from '#core/cases/orders.ts';
import {
  type OrderedGap,
  RECOVERY_ROUTES,
  type RecoverableViolation,
  recoverabilityOf,
  stateOfViolation,
} from '#core/cases/recoverability.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import type { Case } from '#core/domain/case.ts';
import { parseMoney } from '#core/domain/money.ts';
import type { Day } from '#core/domain/period.ts';
import { runKey } from '#core/domain/run.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import { reconcileKeys } from '#core/reconcile/reconcile-keys.ts';
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
    const orders = await ordersOf(stores, item, rows);
    return {
      total: Number(count?.n ?? 0),
      rows: rows.map((row) => withRecoverability(stores, item, row, orders)),
    };
  } finally {
    await session.close();
  }
}

/** Each violation with where its money stands, until when it can be recovered, and what that takes. */
function withRecoverability(
  { clock }: Stores,
  item: Case,
  row: WarehouseRow,
  orders: ReadonlyMap<string, OrderedGap>,
): WarehouseRow {
  const violation = row as unknown as RecoverableViolation & ItemPlace;
  const { recoverableUntil, route } = recoverabilityOf(violation, DEFAULT_REMEDY_RULES);
  const asOf = new Date(clock.now()).toISOString().slice(0, 10) as Day;
  return {
    ...row,
    money_state: stateOfViolation(item, orders.get(gapKeyOf(violation)), { recoverableUntil, asOf }),
    recoverable_until: recoverableUntil,
    recovery_takes: RECOVERY_ROUTES[route],
  };
}

/** What this case has ordered on the keys of these violations, with their gaps as they are now. */
async function ordersOf(
  stores: Stores,
  item: Case,
  rows: readonly WarehouseRow[],
): Promise<ReadonlyMap<string, OrderedGap>> {
  const places = new Map(
    rows.map((row) => [gapKeyOf(row as unknown as ItemPlace), row as unknown as ItemPlace]),
  );
  const orders = (await stores.cases.ordersOnKeys([...places.keys()])).filter(
    (order) => order.caseId === item.caseId,
  );
  const ordered = orders.flatMap(({ gapKey }) => places.get(gapKey) ?? []);
  const [first] = ordered;
  if (first === undefined) return new Map();
  const keys = ordered.map(({ key, dt }) => ({ key, dt }));
  const now = await reconcileKeys({ period: item.period, grain: first.grain, keys }, stores);
  const { asset } = item.money.potential;
  return new Map(
    orders.map(({ gapKey, amount, gap }) => {
      const measured = now.get(places.get(gapKey)?.key ?? '');
      return [
        gapKey,
        {
          amount: { minor: BigInt(amount), asset },
          before: parseMoney(gap, asset),
          now: measured === undefined ? null : parseMoney(measured, asset),
        },
      ];
    }),
  );
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
