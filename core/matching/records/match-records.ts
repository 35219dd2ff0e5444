import { PlumblineError } from '#core/domain/errors.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { checkTolerances, type MatchTolerances, type ServiceTolerance } from './tolerances.ts';

/** The SQL of record matching, in the order in which it runs. */
export const MATCHING_SQL = {
  exact: new URL('./sql/exact.sql', import.meta.url),
  near: new URL('./sql/near.sql', import.meta.url),
  runs: new URL('./sql/runs.sql', import.meta.url),
  many: new URL('./sql/many.sql', import.meta.url),
  choose: new URL('./sql/choose.sql', import.meta.url),
} as const;

/** Rules in the order in which they take records. */
export const MATCH_RULES = [
  'exact',
  'tolerant',
  'chain',
  'many-to-one',
  'one-to-many',
  'disputed-quantity',
] as const;
export type MatchRule = (typeof MATCH_RULES)[number];

/** How many rounds of mutual-best each rule took. */
export interface MatchRounds {
  readonly tolerant: number;
  readonly chain: number;
  readonly group: number;
  readonly disputedQuantity: number;
}

/**
 * Matches the records of the temporary tables `match_left` and `match_right` (id, a_number, b_number, service,
 * start_time, quantity, amount; ids unique within a side, without NULL) and leaves `match_pair` (left_id, right_id,
 * rule, dt_ms, dq): right minus left, of the sum where several are matched with one. `match_open` holds what is not
 * matched. Each record is in at most one match; the result does not depend on the order of rows. Throws UsageError
 * for tolerances that make no sense, MatchingUnstable when a rule needs more than `maxRounds`.
 */
export async function matchRecords(
  session: WarehouseSession,
  readSql: ReadSql,
  tolerances: MatchTolerances,
): Promise<MatchRounds> {
  checkTolerances(tolerances);
  await createTolerances(session, tolerances.services);
  await session.run(await readSql(MATCHING_SQL.exact));
  const near = await readSql(MATCHING_SQL.near);
  const choose = () => chooseUntilStable(session, readSql, tolerances.maxRounds);
  await session.run(near, { rule: 'tolerant', any_quantity: false, ...withinSkew(tolerances.clockSkewMs) });
  const tolerant = await choose();
  await manyWithOne(session, readSql, tolerances, true);
  const chain = await choose();
  await manyWithOne(session, readSql, tolerances, false);
  const group = await choose();
  let disputedQuantity = 0;
  if (tolerances.disputedQuantity) {
    await session.run(near, { rule: 'disputed-quantity', any_quantity: true, ...withinSkew(0) });
    disputedQuantity = await choose();
  }
  return { tolerant, chain, group, disputedQuantity };
}

/** Table of drifts by service, as the SQL reads it. */
export async function createTolerances(
  session: WarehouseSession,
  services: readonly ServiceTolerance[],
): Promise<void> {
  await session.run(
    'CREATE OR REPLACE TEMP TABLE match_tolerance (service VARCHAR, drift BIGINT, drift_ppm BIGINT, is_seconds BOOLEAN, is_exclusive BOOLEAN)',
  );
  for (const { service, quantityDrift, quantityDriftPpm, quantityIsSeconds, oneAtATime } of services) {
    await session.run('INSERT INTO match_tolerance VALUES ($service, $drift, $ppm, $seconds, $exclusive)', {
      service,
      drift: quantityDrift,
      ppm: quantityDriftPpm,
      seconds: quantityIsSeconds,
      exclusive: oneAtATime,
    });
  }
}

/** Cells as wide as the skew: a pair that is near enough stands in the same one or in neighbours. */
export function withinSkew(skewMs: number): { readonly skew_ms: number; readonly cell_ms: number } {
  return { skew_ms: skewMs, cell_ms: Math.max(skewMs, 1) };
}

async function manyWithOne(
  session: WarehouseSession,
  readSql: ReadSql,
  tolerances: MatchTolerances,
  chains: boolean,
): Promise<void> {
  await session.run(await readSql(MATCHING_SQL.runs), { chain_gap_ms: tolerances.chainGapMs });
  await session.run(await readSql(MATCHING_SQL.many), {
    chains,
    ...withinSkew(tolerances.clockSkewMs),
    window_ms: tolerances.groupWindowMs,
    max_members: tolerances.maxMembers,
    by_quantity: chains || tolerances.groupBy !== 'amount',
    by_amount: !chains && tolerances.groupBy !== 'quantity',
    amount_drift: tolerances.amountDriftMillionths,
    amount_drift_ppm: tolerances.amountDriftPpm,
  });
}

/** Repeats mutual-best until no candidate is left. Each round takes at least the best of all, so it comes to an end. */
async function chooseUntilStable(
  session: WarehouseSession,
  readSql: ReadSql,
  maxRounds: number,
): Promise<number> {
  const choose = await readSql(MATCHING_SQL.choose);
  for (let round = 0; ; round += 1) {
    const [left] = await session.query('SELECT count(DISTINCT ord) AS n FROM match_member');
    if (Number(left?.n) === 0) return round;
    if (round === maxRounds) throw unstable(maxRounds, Number(left?.n));
    await session.run(choose);
  }
}

/** The error of a loop that did not end in time: what it has is not the whole result and must not pass for one. */
export function unstable(rounds: number, candidates: number): PlumblineError {
  return new PlumblineError('MatchingUnstable', {
    what: `Matching did not become stable in ${rounds} rounds`,
    why: `${candidates} candidates are left: very many records of one line stand equally far from one another`,
    next: 'lower the clock skew below the usual distance of two events of a line, or raise maxRounds',
  });
}
