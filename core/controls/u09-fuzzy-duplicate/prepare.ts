import type { Control } from '#core/controls/control.ts';
import { rateSessions } from '#core/rating/rate-sessions.ts';

const PREPARE_SQL = new URL('./prepare.sql', import.meta.url);
const SESSION_SQL = new URL('./session.sql', import.meta.url);

/** Finds the sessions that have a neighbour (`rate_input`) and re-rates them (`rating`), as those of the day are. */
export const rateNeighbours: NonNullable<Control['prepare']> = async (session, readSql, tolerance) => {
  await session.run(await readSql(PREPARE_SQL), { seconds: tolerance.seconds ?? '0' });
  await session.run(await readSql(SESSION_SQL));
  await rateSessions(session, readSql);
};
