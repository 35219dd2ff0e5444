import { addDays, daysInMonth, parseDay } from '#core/domain/period.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { EnginePorts } from './engine-ports.ts';
import { literal, loadDataset } from './load.ts';
import { currencyOf } from './usage-day.ts';
import { CREATE_VIOLATION } from './violation-table.ts';

const SUBSCRIPTION_MONTH = new URL('./sql/subscription-month.sql', import.meta.url);

/** A month of subscriptions to look at. */
export interface SubscriptionInput {
  /** First day of the month. */
  readonly dt: string;
  readonly files: readonly LakeFile[];
  readonly missing: PartitionPlan['missing'];
}

/**
 * Loads and compares: afterwards the session holds `subscription_month`, `open_subscription` and an empty
 * `violation`. Returns the currency in which everything is counted.
 */
export async function prepareSubscriptionMonth(
  session: WarehouseSession,
  input: SubscriptionInput,
  ports: EnginePorts,
): Promise<string> {
  const { lake, readSql } = ports;
  await defineMoneyMacros(session, readSql);
  for (const dataset of ['subscription', 'network_profile', 'catalog', 'tariff'] as const) {
    await loadDataset(session, lake, dataset, input.files);
  }
  await loadDataset(session, lake, 'billed', input.files, {
    where: "charge_type <> 'usage' AND (charge_type = 'recurring' OR correlation_id IS NULL)",
  });
  const currency = await currencyOf(session);
  await loadUnpostedDays(session, input.dt, ports);
  await session.run(await readSql(SUBSCRIPTION_MONTH), {
    first: input.dt,
    days: daysInMonth(parseDay(input.dt)),
    currency,
    complete: input.missing.length === 0,
  });
  await session.run(CREATE_VIOLATION);
  return currency;
}

/** Days whose postings may be missing: a subscription that began on one of them cannot be judged. */
async function loadUnpostedDays(session: WarehouseSession, dt: string, { lake }: EnginePorts): Promise<void> {
  const first = parseDay(dt);
  const missing = await lake.missingSlots('billed', first, addDays(first, daysInMonth(first) - 1));
  const days = [...missing].filter(([, slots]) => slots.length > 0).map(([day]) => `(DATE ${literal(day)})`);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE unposted_day (day DATE);
     ${days.length === 0 ? '' : `INSERT INTO unposted_day VALUES ${days.join(', ')};`}`,
  );
}
