import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { ratePeriods } from '#core/rating/period/rate-periods.ts';
import { loadTimeBands } from '#core/rating/rate-sessions.ts';

const PREPARE_SQL = new URL('./prepare.sql', import.meta.url);

/** Rates every account period of the month that has included usage into `period_rating`, by the period kernel. */
export async function rateIncludedUsage(session: WarehouseSession, readSql: ReadSql): Promise<void> {
  await loadTimeBands(
    session,
    `SELECT CAST(d AS TIMESTAMP_MS) FROM scope, unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) t(d)`,
  );
  await session.run(await readSql(PREPARE_SQL));
  await ratePeriods(session, readSql);
}
