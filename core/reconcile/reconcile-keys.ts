import { CONTROLS } from '#core/controls/registry.ts';
import { type Day, monthOf, parsePeriod } from '#core/domain/period.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { runChecks } from './checks.ts';
import type { EnginePorts } from './engine-ports.ts';
import { openHops } from './hop-count.ts';
import { planPartitions } from './plan.ts';
import { runControls } from './run-controls.ts';
import { prepareSubscriptionMonth } from './subscription-month.ts';
import { prepareUsageDay } from './usage-day.ts';

/** Keys of violations of one grain, each with the UTC day of its partition. */
export interface KeysRequest {
  readonly period: string;
  readonly grain: Grain;
  readonly keys: readonly { readonly key: string; readonly dt: Day }[];
}

/** Keys per statement that fills the table of wanted keys. */
const KEYS_PER_INSERT = 1000;

/**
 * Reconciles the given keys against the lake as it is now. Returns for each key what its controls find today, summed:
 * a decimal string with six decimals, `0.000000` where nothing is wrong any more. A key that cannot be measured,
 * because a control of its grain cannot look at that day or failed, is absent.
 */
export async function reconcileKeys(request: KeysRequest, ports: EnginePorts): Promise<Map<string, string>> {
  const gaps = new Map<string, string>();
  const days = [...new Set(request.keys.map(({ dt }) => dt))].sort();
  for (const units of request.grain === 'subscription' ? [days.slice(0, 1)] : days.map((day) => [day])) {
    const keys = request.keys.filter(({ dt }) => units.includes(dt)).map(({ key }) => key);
    for (const [key, gap] of await measure(request.grain, units[0] ?? days[0], keys, ports))
      gaps.set(key, gap);
  }
  return gaps;
}

async function measure(
  grain: Grain,
  day: Day | undefined,
  keys: readonly string[],
  ports: EnginePorts,
): Promise<Map<string, string>> {
  if (day === undefined) return new Map();
  const session = await ports.warehouse.open();
  try {
    await session.run('CREATE TEMP TABLE wanted (key VARCHAR)');
    for (let i = 0; i < keys.length; i += KEYS_PER_INSERT) {
      // Bound, not written into the SQL: a key is what a file of the operator says it is.
      const some = JSON.stringify(keys.slice(i, i + KEYS_PER_INSERT));
      await session.run(`INSERT INTO wanted SELECT unnest(from_json($some, '["VARCHAR"]'))`, { some });
    }
    const measured = await prepareGrain[grain](session, day, ports);
    if (!measured) return new Map();
    const rows = await session.query(
      `SELECT w.key, CAST(coalesce(sum(v.impact), 0) AS DECIMAL(18,6)) AS gap
       FROM (SELECT DISTINCT key FROM wanted) w LEFT JOIN ${grain === 'check' ? 'found' : 'violation'} v ON v.key = w.key
       ${grain === 'hop' || grain === 'check' ? '' : `WHERE ${KNOWN[grain]}`}
       GROUP BY w.key ORDER BY w.key`,
    );
    return new Map(rows.map((row) => [String(row.key), String(row.gap)]));
  } finally {
    await session.close();
  }
}

/** Keys whose due amount is unknown (suspended, or a feed is incomplete) are not measured. */
const KNOWN: Readonly<Record<'record' | 'subscription', string>> = {
  record: unknownLeftOut('session', 'correlation_id'),
  subscription: unknownLeftOut('subscription_month', 'subscription_id'),
};

function unknownLeftOut(table: string, key: string): string {
  return `w.key NOT IN (
    SELECT ${key} FROM ${table} WHERE settled = 'not-evaluable' OR starts_with(settled, 'suspended'))`;
}

/** Runs the controls of a grain for a day (or its month); false when one of them could not look. */
const prepareGrain: Readonly<
  Record<Grain, (session: WarehouseSession, day: Day, ports: EnginePorts) => Promise<boolean>>
> = {
  record: async (session, day, ports) => {
    const plans = await plansOf(day, 'usage-day', ports);
    const currency = await prepareUsageDay(session, { ...together(plans), day, onlyWanted: true }, ports);
    return allLooked(session, 'record', day, currency, plans, ports);
  },
  subscription: async (session, day, ports) => {
    const plans = await plansOf(monthOf(day), 'subscription-month', ports);
    const currency = await prepareSubscriptionMonth(
      session,
      { ...together(plans), dt: `${monthOf(day)}-01` },
      ports,
    );
    return allLooked(session, 'subscription', monthOf(day), currency, plans, ports);
  },
  hop: async (session, day, ports) => {
    const plans = await plansOf(day, 'usage-day', ports);
    const currency = await prepareUsageDay(session, { ...together(plans), day }, ports);
    await openHops(session, day, ports);
    return allLooked(session, 'hop', day, currency, plans, ports);
  },
  check: async (session, day, ports) => {
    const plans = [
      ...(await plansOf(day, 'day-checks', ports)),
      ...(await plansOf(monthOf(day), 'month-checks', ports)),
    ];
    let looked = true;
    await session.run(`CREATE OR REPLACE TEMP TABLE found (key VARCHAR, impact DECIMAL(18,6))`);
    for (const plan of plans) {
      const { controls: results } = await runChecks(session, plan, ports);
      // A check that cannot look says nothing of its keys; the others are measured all the same.
      looked &&= results.every(({ outcome }) => outcome !== 'error');
      await session.run('INSERT INTO found SELECT key, impact FROM violation SEMI JOIN wanted USING (key)');
    }
    return looked;
  },
};

async function allLooked(
  session: WarehouseSession,
  grain: Grain,
  period: string,
  currency: string,
  plans: readonly PartitionPlan[],
  { readSql }: EnginePorts,
): Promise<boolean> {
  const controls = CONTROLS.filter((control) => control.grain === grain);
  const results = await runControls(session, controls, { period, currency, ...together(plans) }, readSql);
  return results.every(({ outcome }) => outcome === 'pass' || outcome === 'breach');
}

async function plansOf(
  period: string,
  kind: PartitionPlan['kind'],
  { lake }: EnginePorts,
): Promise<PartitionPlan[]> {
  const controls = CONTROLS.map((control) => control.id);
  const partitions = await planPartitions(lake, parsePeriod(period), controls);
  return partitions
    .filter((partition) => partition.kind === kind)
    .map((partition) => ({ runId: '', ...partition }));
}

/** All buckets of a day as one input. */
function together(plans: readonly PartitionPlan[]): Pick<PartitionPlan, 'files' | 'missing'> {
  const files = new Map<string, LakeFile>();
  for (const file of plans.flatMap((plan) => plan.files)) files.set(file.path, file);
  return { files: [...files.values()], missing: plans[0]?.missing ?? [] };
}
