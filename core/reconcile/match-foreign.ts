import { matchRecords } from '#core/matching/records/match-records.ts';
import { DEFAULT_TOLERANCES } from '#core/matching/records/tolerances.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

/** The two sides that may know a session by another id than the network does, each with its own id. */
const SIDES = { rated: 'rated_id', billed: 'bill_item_id' } as const;
type Side = keyof typeof SIDES;

/** Rows of a side that can be matched by what they say: whose session the network does not know by their id. */
const FOREIGN: Readonly<Record<Side, string>> = {
  rated: `a_number IS NOT NULL AND correlation_id NOT IN (SELECT correlation_id FROM usage)`,
  billed: `charge_type = 'usage' AND a_number IS NOT NULL AND service IS NOT NULL AND quantity IS NOT NULL
    AND (correlation_id IS NULL OR correlation_id NOT IN (SELECT correlation_id FROM usage))`,
};

const START: Readonly<Record<Side, string>> = { rated: 'start_time', billed: 'event_time' };

/** True where some rated or billed row carries its numbers and has no session of the network by its id. */
export async function hasForeign(session: WarehouseSession): Promise<boolean> {
  const [row] = await session.query(
    `SELECT EXISTS (FROM rated WHERE ${FOREIGN.rated}) OR EXISTS (FROM billed WHERE ${FOREIGN.billed}) AS found`,
  );
  return row?.found === true;
}

/**
 * Gives rated and billed rows that know their session by another id, or by none, the id of the usage that they say the
 * same of: line, service, start and quantity within the tolerances of core/matching. Usage records that together are
 * one row of the other side become one session. Leaves `matched_record` (dataset, usage_id, other_id, rule, dt_ms, dq).
 * Needs `usage_session`; `fold` makes it again from `usage`.
 */
export async function matchForeign(
  session: WarehouseSession,
  readSql: ReadSql,
  fold: () => Promise<void>,
): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE matched_record (dataset VARCHAR, usage_id VARCHAR, other_id VARCHAR, rule VARCHAR,
       dt_ms BIGINT, dq BIGINT)`,
  );
  if (!(await hasForeign(session))) return;
  for (const side of ['billed', 'rated'] as const) {
    const id = SIDES[side];
    await session.run(
      `CREATE OR REPLACE TEMP TABLE match_left AS
         SELECT u.correlation_id AS id, u.a_number, coalesce(u.b_number, '') AS b_number, u.service,
           u.session_start AS start_time, u.quantity, CAST(NULL AS DECIMAL(18,6)) AS amount
         FROM usage_session u WHERE u.correlation_id NOT IN (SELECT correlation_id FROM ${side} WHERE correlation_id IS NOT NULL);
       CREATE OR REPLACE TEMP TABLE match_right AS
         SELECT ${id} AS id, a_number, coalesce(b_number, '') AS b_number, service, ${START[side]} AS start_time, quantity,
           CAST(NULL AS DECIMAL(18,6)) AS amount
         FROM ${side} WHERE ${FOREIGN[side]}
         QUALIFY row_number() OVER (PARTITION BY ${id} ORDER BY file_id, byte_offset, row_hash) = 1`,
    );
    await matchRecords(session, readSql, DEFAULT_TOLERANCES);
    // What is several on the network's side is one session under the first of its ids, from its earliest start on.
    await session.run(
      `CREATE OR REPLACE TEMP TABLE matched_usage AS
         SELECT p.left_id, min(p.left_id) OVER (PARTITION BY p.right_id) AS usage_id, p.right_id FROM match_pair p;
       INSERT INTO matched_record
         SELECT '${side}', p.left_id, p.right_id, p.rule, CAST(p.dt_ms AS BIGINT), CAST(p.dq AS BIGINT) FROM match_pair p;
       UPDATE ${side} SET correlation_id = m.usage_id
         FROM (SELECT right_id, min(usage_id) AS usage_id FROM matched_usage GROUP BY right_id) m WHERE ${side}.${id} = m.right_id`,
    );
    const [joined] = await session.query('SELECT count(*) AS n FROM matched_usage WHERE left_id <> usage_id');
    if (Number(joined?.n) === 0) continue;
    await session.run(
      `CREATE OR REPLACE TEMP TABLE joined_usage AS
         SELECT m.left_id, m.usage_id, min(u.session_start) OVER (PARTITION BY m.usage_id) AS session_start
         FROM matched_usage m JOIN usage_session u ON u.correlation_id = m.left_id;
       UPDATE usage SET correlation_id = j.usage_id, session_start = j.session_start
         FROM joined_usage j WHERE usage.correlation_id = j.left_id;
       UPDATE rated SET correlation_id = j.usage_id FROM joined_usage j WHERE rated.correlation_id = j.left_id;
       UPDATE billed SET correlation_id = j.usage_id FROM joined_usage j WHERE billed.correlation_id = j.left_id`,
    );
    await fold();
  }
}
