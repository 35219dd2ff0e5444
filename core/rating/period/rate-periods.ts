import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

const PREPARE = new URL('./prepare.sql', import.meta.url);
const DRAW = new URL('./draw.sql', import.meta.url);
const REST = new URL('./rest.sql', import.meta.url);
const CHARGE = new URL('./charge.sql', import.meta.url);

/**
 * Applies allowances and tiers to all sessions of `period_session` at once, into `period_rating` (session_id,
 * covered, paid_increments, amount) and `period_drawn` (session_id, bucket_id, units). The vectorised form of
 * rateAccountPeriod; see the .sql files for what they read. Needs the macros of ../macros.sql. A bucket has one rank
 * and a line at most one bucket of each: then rating rank by rank is the same as rating session by session.
 */
export async function ratePeriods(session: WarehouseSession, readSql: ReadSql): Promise<void> {
  await session.run(await readSql(PREPARE));
  const draw = await readSql(DRAW);
  const rest = await readSql(REST);
  const ranks = await session.query('SELECT DISTINCT rank FROM period_draw ORDER BY rank');
  for (const { rank } of ranks) {
    await session.run(draw, { rank: Number(rank) });
    await session.run(rest);
  }
  await session.run(await readSql(CHARGE));
}
