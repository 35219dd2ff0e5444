import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { createTolerances, unstable, withinSkew } from './match-records.ts';
import { checkTolerances, type MatchTolerances } from './tolerances.ts';

/** The SQL of duplicates, in the order in which it runs. */
export const DUPLICATES_SQL = {
  duplicates: new URL('./sql/duplicates.sql', import.meta.url),
  drop: new URL('./sql/drop-repeated.sql', import.meta.url),
  choose: new URL('./sql/choose-repeated.sql', import.meta.url),
  overlaps: new URL('./sql/overlaps.sql', import.meta.url),
} as const;

/**
 * Finds what says the same event twice among the temporary table `match_records` (id, source, a_number, b_number,
 * service, start_time, quantity; ids unique), and leaves `match_duplicate` (kept_id, repeated_id, rule `exact` or
 * `fuzzy`, dt_ms, dq: repeated minus kept) and `match_overlap` (first_id, second_id, overlap_ms) for services whose
 * sessions exclude one another. A record is repeated at most once, and a repeated one is never kept for another. Uses
 * the skew and the services of the tolerances. Returns the rounds. Throws as `matchRecords` does.
 */
export async function findDuplicates(
  session: WarehouseSession,
  readSql: ReadSql,
  tolerances: MatchTolerances,
): Promise<number> {
  checkTolerances(tolerances);
  await createTolerances(session, tolerances.services);
  const skew = withinSkew(tolerances.clockSkewMs);
  await session.run(await readSql(DUPLICATES_SQL.duplicates), skew);
  const drop = await readSql(DUPLICATES_SQL.drop);
  const choose = await readSql(DUPLICATES_SQL.choose);
  let rounds = 0;
  for (await session.run(drop); ; rounds += 1) {
    const [left] = await session.query('SELECT count(*) AS n FROM match_candidate');
    if (Number(left?.n) === 0) break;
    if (rounds === tolerances.maxRounds) throw unstable(rounds, Number(left?.n));
    await session.run(choose);
    await session.run(drop);
  }
  await session.run(await readSql(DUPLICATES_SQL.overlaps), skew);
  return rounds;
}
