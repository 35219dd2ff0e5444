import { PlumblineError } from '#core/domain/errors.ts';
import { decimalString, parseMoney } from '#core/domain/money.ts';
import type { Conservation } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

const ASSET = 'XXX/6';
const ZERO_RECORDS = { read: 0, first: 0, further: 0, duplicate: 0 };

/** Of checks: they take nothing out of the money of sessions and subscriptions. */
export const NOTHING_CONSERVED: Conservation = {
  sessions: 0,
  buckets: {},
  records: ZERO_RECORDS,
  expected: '0.000000',
  charged: '0.000000',
  explained: '0.000000',
  residual: '0.000000',
};

/** Where everything of a partition ended, from table `table` with one row per session or subscription. */
export async function conservationOf(
  session: WarehouseSession,
  table: 'session' | 'subscription_month',
  unclaimed: string,
): Promise<Conservation> {
  const key = table === 'session' ? 'correlation_id' : 'subscription_id';
  const rows = await session.query(
    `SELECT coalesce(c.control_id, s.settled, $unclaimed) AS bucket, count(*) AS n, CAST(sum(s.expected) AS DECIMAL(18,6)) AS expected,
       CAST(sum(s.charged) AS DECIMAL(18,6)) AS charged,
       CAST(sum(s.gap - coalesce(c.taken, 0)) AS DECIMAL(18,6)) AS residual
     FROM ${table} s
     LEFT JOIN (SELECT key, arg_min(control_id, rank) AS control_id, sum(impact) AS taken FROM claim GROUP BY key) c
       ON c.key = s.${key}
     GROUP BY 1 ORDER BY 1`,
    { unclaimed },
  );
  const [found] = await session.query(
    "SELECT CAST(coalesce(sum(impact), 0) AS DECIMAL(18,6)) AS explained FROM violation WHERE grain IN ('record', 'subscription')",
  );
  const total = (column: string) => addDecimals(rows.map((row) => String(row[column] ?? '0')));
  const judged = {
    sessions: rows.reduce((sum, row) => sum + Number(row.n), 0),
    buckets: Object.fromEntries(rows.map((row) => [String(row.bucket), Number(row.n)])),
    records: table === 'session' ? await recordsOf(session) : ZERO_RECORDS,
    expected: total('expected'),
    charged: total('charged'),
    explained: String(found?.explained ?? '0.000000'),
    residual: total('residual'),
  };
  await assertInput(session, table, judged.sessions);
  return table === 'session' ? addConservations([judged, await settledBefore(session)]) : judged;
}

/** What was settled in sums, without a look at the single session: matched, one usage record each. */
async function settledBefore(session: WarehouseSession): Promise<Conservation> {
  const [row] = await session.query(
    `SELECT CAST(coalesce(sum(sessions), 0) AS BIGINT) AS n, CAST(coalesce(sum(expected), 0) AS DECIMAL(18,6)) AS expected
     FROM settled_session`,
  );
  const n = Number(row?.n);
  const expected = String(row?.expected);
  return {
    sessions: n,
    buckets: n === 0 ? {} : { matched: n },
    records: { ...ZERO_RECORDS, read: n, first: n },
    expected,
    charged: expected,
    explained: '0.000000',
    residual: '0.000000',
  };
}

/** Sum of several partitions. */
export function addConservations(parts: readonly Conservation[]): Conservation {
  const buckets: Record<string, number> = {};
  const records: Record<keyof Conservation['records'], number> = { ...ZERO_RECORDS };
  for (const part of parts) {
    for (const [name, n] of Object.entries(part.buckets)) buckets[name] = (buckets[name] ?? 0) + n;
    for (const name of ['read', 'first', 'further', 'duplicate'] as const)
      records[name] += part.records[name];
  }
  return {
    sessions: parts.reduce((sum, part) => sum + part.sessions, 0),
    buckets: Object.fromEntries(Object.entries(buckets).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    records,
    expected: addDecimals(parts.map((part) => part.expected)),
    charged: addDecimals(parts.map((part) => part.charged)),
    explained: addDecimals(parts.map((part) => part.explained)),
    residual: addDecimals(parts.map((part) => part.residual)),
  };
}

/** Throws ConservationBroken unless every input is in exactly one bucket and expected - charged = explained + residual. */
export function assertConserved(conservation: Conservation, where: string): void {
  const { sessions, buckets, records } = conservation;
  const counted = Object.values(buckets).reduce((sum, n) => sum + n, 0);
  if (counted !== sessions) broken(where, `${sessions} sessions went in and ${counted} came out in buckets`);
  if (records.read !== records.first + records.further + records.duplicate) {
    broken(
      where,
      `${records.read} usage records were read and ${records.first + records.further + records.duplicate} used`,
    );
  }
  const [expected, charged, explained, residual] = (
    ['expected', 'charged', 'explained', 'residual'] as const
  ).map((name) => parseMoney(conservation[name], ASSET).minor) as [bigint, bigint, bigint, bigint];
  if (expected - charged !== explained + residual) {
    broken(
      where,
      `expected ${conservation.expected} - charged ${conservation.charged} is not explained ${conservation.explained} + residual ${conservation.residual}`,
    );
  }
}

/** Throws ConservationBroken unless what was read back is what was written. */
export function assertReadBack(what: string, written: string, read: string, where: string): void {
  if (written !== read) broken(where, `${what} was ${written} when written and is ${read} when read back`);
}

/** Exact sum of decimal strings with up to six decimals. */
export function addDecimals(amounts: readonly string[]): string {
  const minor = amounts.reduce((sum, amount) => sum + parseMoney(amount, ASSET).minor, 0n);
  return decimalString({ minor, asset: ASSET });
}

async function recordsOf(session: WarehouseSession): Promise<Conservation['records']> {
  const [row] = await session.query(
    `SELECT (SELECT count(*) FROM usage) AS read, count(*) AS first, coalesce(sum(partials), 0) AS used FROM usage_session`,
  );
  const [read, first, used] = [Number(row?.read), Number(row?.first), Number(row?.used)];
  return { read, first, further: used - first, duplicate: read - used };
}

/** Every key of the input is one row of the table: joins lost nothing and doubled nothing. */
async function assertInput(
  session: WarehouseSession,
  table: 'session' | 'subscription_month',
  counted: number,
): Promise<void> {
  const input =
    table === 'session'
      ? `SELECT correlation_id FROM usage UNION SELECT correlation_id FROM rated
         UNION SELECT correlation_id FROM billed_usage UNION SELECT correlation_id FROM adjusted_session`
      : 'SELECT subscription_id FROM subscription_month';
  const [row] = await session.query(`SELECT count(*) AS n FROM (${input})`);
  if (Number(row?.n) !== counted) broken(table, `${row?.n} keys went in and ${counted} were judged`);
}

function broken(where: string, why: string): never {
  throw new PlumblineError('ConservationBroken', {
    what: 'Records or money got lost in a reconciliation',
    where,
    why,
    next: 'Keep the lake as it is and report this with the run id: nothing of this run can be trusted',
  });
}
