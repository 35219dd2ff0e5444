import type { DuckDBConnection } from '@duckdb/node-api';
import type { BillingMonth } from './billing-month.ts';
import { DAY_MS, dayNumber, dayText, HOUR_MS, instantText } from './calendar.ts';
import { CURRENCY } from './market.ts';
import type { MoreFamily } from './more-families.ts';
import { TABLES } from './more-tables.ts';
import { type Operator, priced } from './operator.ts';
import { seedWord, unitOf } from './random.ts';
import { literal } from './tables.ts';

/** First days on which records are put aside, dropped, and balances charged too little. */
export const ASIDE_FROM: Readonly<Record<'U12' | 'U13' | 'U18', number>> = {
  U12: dayNumber('2026-10-08'),
  U13: dayNumber('2026-10-11'),
  U18: dayNumber('2026-10-14'),
};
/** Days after which a record that is still in suspense is seen to be too old. */
const LATEST_SEEN = dayNumber('2026-10-27');

/**
 * Records that mediation put aside, as copies of sessions that took place: they stand in no usage file and in no
 * trailer, so only suspense knows them. Labels carry what such a session costs.
 */
export function recordsAside(
  { parameters, population, model, book, firstDay, lastDay }: Operator,
  on: ReadonlySet<MoreFamily>,
): BillingMonth {
  const tables = TABLES();
  const labels = new Map<MoreFamily, { key: string; amount: bigint }[]>();
  const innocent = new Map<MoreFamily, string[]>();
  const word = seedWord(parameters.seed, 'records aside');
  const begin = '2025-01-01T00:00:00Z';
  tables.filter_rule.push(['F-EMPTY', 'data', 'false', begin, ''], ['F-SESSION', 'data', 'true', begin, '']);
  const add = <T>(map: Map<MoreFamily, T[]>, family: MoreFamily, value: T) =>
    map.set(family, [...(map.get(family) ?? []), value]);
  let number = 0;
  for (const s of population.filter(({ purpose }) => purpose === 'customer')) {
    for (let day = firstDay; day <= lastDay; day++) {
      for (const session of model.sessionsOf(s, day)) {
        const { service, source, start, quantity } = session;
        const { expected } = priced(session, book);
        const hour = Math.floor((start % DAY_MS) / HOUR_MS);
        const point = unitOf(word, s.index, Math.floor(start / 1000));
        if (quantity === 0 || expected === 0n || point >= 0.5) continue;
        const id = `A${String(++number).padStart(7, '0')}`;
        const put = (state: string, reason: string, attempts: number) =>
          tables.suspense.push([
            id,
            `S-${id}`,
            source,
            service,
            instantText(start),
            quantity,
            state,
            reason,
            instantText(start + HOUR_MS),
            attempts,
          ]);
        const isVoice = service === 'voice' && source === 'msc-east';
        const isData = service === 'data' && source === 'pgw-west';
        if (
          isVoice &&
          on.has('suspense-forgotten') &&
          day >= ASIDE_FROM.U12 &&
          day <= LATEST_SEEN &&
          hour < 20
        ) {
          put('suspended', 'E-VALIDATION', 0);
          add(labels, 'suspense-forgotten', { key: `suspense|${source}|${id}`, amount: expected });
        } else if (isData && on.has('filter-too-wide') && day >= ASIDE_FROM.U13) {
          put('filtered', 'F-SESSION', 0);
          add(labels, 'filter-too-wide', { key: `filtered|${source}|${id}`, amount: expected });
        } else if (point < 0.02) {
          const isFiltered = service === 'data';
          put(isFiltered ? 'filtered' : 'released', isFiltered ? 'F-EMPTY' : 'E-VALIDATION', 1);
          const family = isFiltered ? 'filter-too-wide' : 'suspense-forgotten';
          add(innocent, family, `${isFiltered ? 'filtered' : 'suspense'}|${source}|${id}`);
        }
      }
    }
  }
  // Something is put aside at the end of every day, so that the age of the others shows.
  for (let day = firstDay; day <= lastDay; day++) {
    const id = `Z${dayText(day).replaceAll('-', '')}`;
    const start = day * DAY_MS + 22 * HOUR_MS;
    tables.suspense.push([
      id,
      `S-${id}`,
      'msc-west',
      'sms',
      instantText(start),
      1,
      'released',
      'E-VALIDATION',
      instantText(start + HOUR_MS),
      1,
    ]);
  }
  return { tables, labels, innocent };
}

const PREPAID = ['O-YOUNG', 'O-BASIC'] as const;

/** Movements of prepaid balances: what each rated session costs, and with the fault three quarters of it. */
export async function balances(
  connection: DuckDBConnection,
  ratedDir: string,
  billedDir: string,
  operator: Operator,
  on: ReadonlySet<MoreFamily>,
): Promise<BillingMonth> {
  const tables = TABLES();
  const labels = new Map<string, bigint>();
  const innocent = new Set<string>();
  const prepaid = new Map(
    operator.population
      .filter((s) => s.moved === null && PREPAID.some((id) => s.lines.at(-1)?.offer.id === id))
      .map((s) => [s.id, s]),
  );
  const rows = await connection.runAndReadAll(`SELECT r.correlation_id, r.subscription_id,
      CAST(epoch_ms(r.start_time) AS BIGINT), CAST(r.amount * 1000000 AS BIGINT), b.correlation_id IS NOT NULL
    FROM read_parquet(${literal(`${ratedDir}/*.parquet`)}) r
    LEFT JOIN (SELECT DISTINCT correlation_id FROM read_parquet(${literal(`${billedDir}/*.parquet`)})
      WHERE charge_type = 'usage') b ON b.correlation_id = r.correlation_id
    ORDER BY ALL`);
  for (const [correlation, subscription, at, amount, isBilled] of rows.getRows()) {
    const line = prepaid.get(String(subscription));
    const cost = BigInt(String(amount));
    if (line === undefined || cost === 0n) continue;
    const day = Math.floor(Number(at) / DAY_MS);
    const isWrong =
      on.has('balance-undercharged') && day >= ASIDE_FROM.U18 && line.lines.at(-1)?.offer.id === 'O-YOUNG';
    const charged = isWrong ? (cost * 3n) / 4n : cost;
    const moved = (id: string, kind: string, change: bigint) =>
      tables.balance_movement.push([
        id,
        line.id,
        line.accountId,
        kind,
        String(correlation),
        instantText(Number(at)),
        change,
        CURRENCY,
      ]);
    moved(`M-${correlation}`, 'charge', -charged);
    const key = `balance|${line.id}|${dayText(day)}`;
    if (isWrong && isBilled === true) labels.set(key, (labels.get(key) ?? 0n) + cost - charged);
    else innocent.add(key);
  }
  // Where it is within a cent it cannot be told from rounding.
  const told = [...labels].filter(([, amount]) => amount > 10_000n);
  return {
    tables,
    labels: new Map([['balance-undercharged', told.map(([key, amount]) => ({ key, amount }))]]),
    innocent: new Map([['balance-undercharged', [...innocent].filter((key) => !labels.has(key))]]),
  };
}
