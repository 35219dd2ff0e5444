import type { WarehouseSession } from '#core/ports/warehouse.ts';

/** One record of a side, as tests and small callers hand it in. */
export interface MatchRecord {
  readonly id: string;
  readonly aNumber: string;
  readonly bNumber: string | null;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly quantity: number;
  /** Decimal, or null where the side has no amounts. */
  readonly amount: string | null;
}

/** Creates `match_left` or `match_right` with these records, in this order. */
export async function loadSide(
  session: WarehouseSession,
  table: 'match_left' | 'match_right',
  records: readonly MatchRecord[],
): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS
     SELECT r.id, r.a AS a_number, r.b AS b_number, r.service, make_timestamp_ms(r.ms) AS start_time, r.quantity,
       CAST(r.amount AS DECIMAL(18,6)) AS amount
     FROM (SELECT unnest(from_json($records::JSON,
       '[{"id":"VARCHAR","a":"VARCHAR","b":"VARCHAR","service":"VARCHAR","ms":"BIGINT","quantity":"BIGINT","amount":"VARCHAR"}]')) AS r)`,
    {
      records: JSON.stringify(
        records.map(({ id, aNumber, bNumber, service, startMs, quantity, amount }) => ({
          id,
          a: aNumber,
          b: bNumber,
          service,
          ms: startMs,
          quantity,
          amount,
        })),
      ),
    },
  );
}
