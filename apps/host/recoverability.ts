import { type DaySum, type Lapse, lapseOf } from '#core/cases/recoverability.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import type { Case } from '#core/domain/case.ts';
import type { Day } from '#core/domain/period.ts';
import { runKey } from '#core/domain/run.ts';
import type { Stores } from './stores.ts';

const DAY_SUMS = `
  SELECT m.finding_id, CAST(v.dt AS VARCHAR) AS dt,
    CAST(coalesce(sum(v.impact) FILTER (v.impact > 0), 0) AS DECIMAL(18,6)) AS under_charged,
    CAST(coalesce(sum(v.impact) FILTER (v.impact < 0), 0) AS DECIMAL(18,6)) AS over_charged
  FROM read_parquet($violations) v JOIN read_parquet($members) m USING (violation_id)
  GROUP BY ALL ORDER BY ALL`;

/**
 * Of each case, what can still be charged on `asOf` and what of that lapses within the next days. A case that is closed,
 * or whose run is not there any more, is absent.
 */
export async function lapses(
  stores: Stores,
  cases: readonly Case[],
  { asOf, withinDays }: { readonly asOf: Day; readonly withinDays: number },
): Promise<Map<string, Lapse>> {
  const found = new Map<string, Lapse>();
  const open = cases.filter(({ status }) => status !== 'closed');
  const session = await stores.warehouse.open();
  try {
    for (const runId of new Set(open.map((item) => item.runId))) {
      const rows = await session.query(DAY_SUMS, {
        violations: await stores.runs.localPath(runKey(runId, 'violations')),
        members: await stores.runs.localPath(runKey(runId, 'members')),
      });
      for (const item of open.filter((one) => one.runId === runId)) {
        const days: DaySum[] = rows
          .filter((row) => row.finding_id === item.findingId)
          .map((row) => ({
            dt: String(row.dt) as Day,
            underCharged: String(row.under_charged),
            overCharged: String(row.over_charged),
          }));
        const { asset } = item.money.potential;
        found.set(item.caseId, lapseOf(days, asset, { asOf, withinDays, rules: DEFAULT_REMEDY_RULES }));
      }
    }
  } finally {
    await session.close();
  }
  return found;
}
