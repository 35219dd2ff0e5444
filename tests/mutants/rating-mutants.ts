import type { Mutant } from './mutant.ts';

const row = (folder: string, test: string) => ({ file: `core/controls/${folder}/control.test.ts`, test });
const twoForms = {
  file: 'core/rating/rate-sessions.test.ts',
  test: 'the SQL form and the worked explanation agree on every event, over generated price lists',
};
const plannedForms = {
  file: 'core/rating/plan/charge-sessions.test.ts',
  test: 'both forms agree on every session, over generated charge plans',
};
const planned = (test: string) => ({ file: 'core/rating/plan/rate-planned.test.ts', test });
const threeForms = {
  file: 'core/rating/period/period.property.test.ts',
  test: 'the worked explanation, the SQL form and the column kernel agree on every session',
};
const match = (test: string) => ({ file: 'core/matching/records/match-records.test.ts', test });
const duplicates = (test: string) => ({ file: 'core/matching/records/find-duplicates.test.ts', test });

/** Faults in the SQL of rating. */
export const RATING_MUTANTS: readonly Mutant[] = [
  {
    fault: 'half_up rounds up',
    file: 'core/rating/macros.sql',
    find: '(abs(raw) * 2 + step) // (2 * step)',
    replace: '(abs(raw) + step - 1) // step',
    killer: twoForms,
  },
  {
    fault: 'the shortest prefix decides',
    file: 'core/rating/rate.sql',
    find: 'ORDER BY c.n DESC) = 1',
    replace: 'ORDER BY c.n) = 1',
    killer: twoForms,
  },
  {
    fault: 'a subscription is valid on the day of its end',
    file: 'core/rating/rate.sql',
    find: 'a.day < s.valid_to',
    replace: 'a.day <= s.valid_to',
    killer: twoForms,
  },
  {
    fault: 'the minimum is ignored',
    file: 'core/rating/rate.sql',
    find: 'CAST(greatest(quantity, minimum) AS BIGINT)',
    replace: 'CAST(quantity AS BIGINT)',
    killer: row('r01-full-re-rate', 'a short call costs the minimum'),
  },
  {
    fault: 'a version is in force in the instant of its end',
    file: 'core/rating/rate.sql',
    find: 'count(DISTINCT t.version) AS found\nFROM span p\nJOIN price t ON t.valid_from <= p.from_at AND (t.valid_to IS NULL OR p.from_at < t.valid_to)',
    replace:
      'count(DISTINCT t.version) AS found\nFROM span p\nJOIN price t ON t.valid_from <= p.from_at AND (t.valid_to IS NULL OR p.from_at <= t.valid_to)',
    killer: row('r02-wrong-tariff-version', 'the old version once a new one is in force'),
  },
  {
    fault: 'off-peak costs what peak costs',
    file: 'core/rating/rate.sql',
    find: 'WHEN NOT b.peak THEN coalesce(k.offpeak_id',
    replace: 'WHEN NOT b.peak THEN coalesce(k.peak_id',
    killer: row('r01-full-re-rate', 'a holiday is off-peak'),
  },
  {
    fault: 'a started increment is free',
    file: 'core/rating/rate.sql',
    find: 'AS BIGINT) + increment - 1) // increment)',
    replace: 'AS BIGINT)) // increment)',
    killer: row('u06-missing-downstream', 'two partials are one session'),
  },
  {
    fault: 'a number that CRM does not know is dropped by the join',
    file: 'core/rating/rate.sql',
    find: 'LEFT JOIN line l ON l.a_number',
    replace: 'JOIN line l ON l.a_number',
    killer: { file: 'core/reconcile/engine.test.ts', test: 'number unknown' },
  },
  {
    fault: 'the time of day is read in UTC',
    file: 'core/rating/rate.sql',
    find: 'b.slot = epoch_ms(z.session_start) // 900000',
    replace: 'b.slot = epoch_ms(z.session_start) // 900000 - 8',
    killer: row('r01-full-re-rate', 'off-peak from 18:00 in Vienna on, while summer time lasts'),
  },
  {
    fault: 'charge plan: a tie goes to the odd neighbour',
    file: 'core/rating/plan/charge-plan.sql',
    find: '// (2 * den)) % 2 = 1',
    replace: '// (2 * den)) % 2 = 0',
    killer: planned('half to even'),
  },
  {
    fault: 'charge plan: a maximum is ignored',
    file: 'core/rating/plan/charge-plan.sql',
    find: 'max_cost IS NOT NULL AND total + cost > max_cost * den',
    replace: 'max_cost IS NOT NULL AND false',
    killer: planned('a maximum'),
  },
  {
    fault: 'charge plan: each span is rounded away',
    file: 'core/rating/plan/charge-plan.sql',
    find: 'THEN plan_round(raw, den, span_method, span_step) * den',
    replace: "THEN plan_round(raw, den, 'down', span_step) * den",
    killer: plannedForms,
  },
  {
    fault: 'allowances go by session id, not by event time',
    file: 'core/rating/period/draw.sql',
    find: 'ORDER BY r.start_time, r.session_id',
    replace: 'ORDER BY r.session_id',
    killer: threeForms,
  },
  {
    fault: 'the upper bound of a tier belongs to the next',
    file: 'core/rating/period/charge.sql',
    find: 'THEN t.from_increments < p.paid_total\n      AND (t.to_increments IS NULL OR p.paid_total <= t.to_increments)',
    replace:
      'THEN t.from_increments <= p.paid_total\n      AND (t.to_increments IS NULL OR p.paid_total < t.to_increments)',
    killer: threeForms,
  },
  {
    fault: 'an increment that is covered in part is free',
    file: 'core/rating/period/charge.sql',
    find: "WHEN w.boundary_rounding = 'up' THEN (r.rest + w.increment - 1)",
    replace: "WHEN w.boundary_rounding = 'up' THEN (r.rest)",
    killer: threeForms,
  },
];

/** Faults in the SQL of matching. */
export const MATCHING_MUTANTS: readonly Mutant[] = [
  {
    fault: 'the edge of the clock skew is beyond it',
    file: 'core/matching/records/sql/near.sql',
    find: 'abs(dt_ms) <= $skew_ms AND',
    replace: 'abs(dt_ms) < $skew_ms AND',
    killer: match('a clock that is at the edge of the skew'),
  },
  {
    fault: 'a tolerant match need not be the best of both',
    file: 'core/matching/records/sql/choose.sql',
    find: 'bool_and(best)',
    replace: 'bool_or(best)',
    killer: match('the nearest takes, the next takes what is left'),
  },
  {
    fault: 'nearer in quantity counts before nearer in time',
    file: 'core/matching/records/sql/near.sql',
    find: 'ORDER BY abs(dt_ms), abs(dq), left_id',
    replace: 'ORDER BY abs(dq), abs(dt_ms), left_id',
    killer: match('nearer in time counts before nearer in quantity'),
  },
  {
    fault: 'the relative drift is of the left quantity',
    file: 'core/matching/records/sql/near.sql',
    find: 'greatest(l.quantity, r.quantity) AS larger',
    replace: '10 * greatest(l.quantity, r.quantity) AS larger',
    killer: match('past 1 % of the larger'),
  },
  {
    fault: 'partials as far apart as they may be are no chain',
    file: 'core/matching/records/sql/runs.sql',
    find: '<= $chain_gap_ms',
    replace: '< $chain_gap_ms',
    killer: match('partials as far apart as they may be'),
  },
  {
    fault: 'equal keys are paired with each other all ways',
    file: 'core/matching/records/sql/exact.sql',
    find: 'start_time, quantity, n);',
    replace: 'start_time, quantity);',
    killer: match('equal keys on both sides are paired once each'),
  },
  {
    fault: 'two events of one source are a duplicate',
    file: 'core/matching/records/sql/duplicates.sql',
    find: 'WHERE x.source <> y.source AND',
    replace: 'WHERE',
    killer: duplicates('near, of one source: two events'),
  },
];
