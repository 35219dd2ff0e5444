/** What every program of this folder works out from the same CSV. Money in millionths, as a string. */
export interface Totals {
  /** Sessions of usage without a billed item, and what they should have cost. */
  readonly unbilled: readonly [count: number, money: string];
  /** Sessions with a billed item and no usage, and what was charged. */
  readonly withoutUsage: readonly [count: number, money: string];
  /** Billed items beyond the first of a session, and what was charged. */
  readonly repeated: readonly [count: number, money: string];
  /** Sessions whose charge differs from the price list by more than 0.001 and a thousandth, too little and too much. */
  readonly wrong: readonly [count: number, under: string, over: string];
}

/** What a program prints. */
export interface PeerResult {
  readonly totals: Totals;
  readonly wall: number;
  readonly cpu: number;
  /** The part of Plumbline that is no reading of CSV. */
  readonly reconcile?: { readonly wall: number; readonly cpu: number };
}

/** Prints the result as one line of JSON. */
export function print(result: PeerResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/**
 * The same work in SQL that SQLite and PostgreSQL both understand, over tables with the names and columns of the CSV;
 * money there is a whole number of millionths. `hours` turns a column of time into whole hours since 1970.
 * Vienna is two hours ahead of UTC on the day of the data, which is a Wednesday.
 */
export function workSql(hours: (column: string) => string): string {
  return `
  WITH u AS (
    SELECT correlation_id, min(service) AS service, min(a_number) AS a_number, min(b_number) AS b_number,
      min(visited_plmn) AS visited_plmn, min(session_start) AS session_start, sum(quantity) AS quantity
    FROM usage GROUP BY correlation_id
  ), zoned AS (
    SELECT u.*, c.tariff_id, coalesce(p.zone, (SELECT z.zone FROM zone z WHERE z.kind = 'prefix'
        AND z.code = substr(u.b_number, 1, length(z.code)) ORDER BY length(z.code) DESC LIMIT 1), 'home') AS zone,
      CASE WHEN service <> 'voice' THEN 'any'
        WHEN (${hours('session_start')} + 2) % 24 BETWEEN 8 AND 17 AND ((${hours('session_start')} + 2) / 24 + 3) % 7 < 5 THEN 'peak'
        ELSE 'offpeak' END AS time_band
    FROM u JOIN subscription s ON s.msisdn = u.a_number JOIN catalog c ON c.offer_id = s.offer_id
    LEFT JOIN zone p ON p.kind = 'plmn' AND p.code = u.visited_plmn
  ), priced AS (
    SELECT z.correlation_id,
      ((z.quantity + t.increment - 1) / t.increment) * t.price_per_increment + t.connect_fee AS expected
    FROM zoned z JOIN tariff t ON t.tariff_id = z.tariff_id AND t.service = z.service AND t.zone = z.zone
      AND t.time_band = z.time_band AND t.valid_from <= z.session_start
      AND (t.valid_to IS NULL OR z.session_start < t.valid_to)
  ), b AS (
    SELECT correlation_id, count(*) AS items, min(amount) AS amount, sum(amount) AS total
    FROM billed WHERE charge_type = 'usage' GROUP BY correlation_id
  ), both_sides AS (
    SELECT p.expected, b.items, b.amount, b.total FROM priced p LEFT JOIN b ON b.correlation_id = p.correlation_id
    UNION ALL
    SELECT NULL, b.items, b.amount, b.total FROM b WHERE NOT EXISTS (SELECT 1 FROM priced p WHERE p.correlation_id = b.correlation_id)
  ), judged AS (
    SELECT *, CASE WHEN abs(expected - amount) > 1000 AND abs(expected - amount) * 1000 > expected THEN expected - amount END AS gap
    FROM both_sides
  )
  SELECT
    count(CASE WHEN items IS NULL THEN 1 END) AS unbilled, sum(CASE WHEN items IS NULL THEN expected ELSE 0 END) AS unbilled_money,
    count(CASE WHEN expected IS NULL THEN 1 END) AS without_usage, sum(CASE WHEN expected IS NULL THEN amount ELSE 0 END) AS without_money,
    sum(CASE WHEN items > 1 THEN items - 1 ELSE 0 END) AS repeated, sum(CASE WHEN items > 1 THEN total - amount ELSE 0 END) AS repeated_money,
    count(gap) AS wrong, sum(CASE WHEN gap > 0 THEN gap ELSE 0 END) AS under, sum(CASE WHEN gap < 0 THEN -gap ELSE 0 END) AS over_charged
  FROM judged`;
}

/** The row of `workSql` in the order of its columns. */
export function totalsOf(row: readonly unknown[]): Totals {
  const [unbilled, a, without, b, repeated, c, wrong, under, over] = row;
  return {
    unbilled: [Number(unbilled), String(a)],
    withoutUsage: [Number(without), String(b)],
    repeated: [Number(repeated), String(c)],
    wrong: [Number(wrong), String(under), String(over)],
  };
}
