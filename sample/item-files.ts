import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dayDigits } from './calendar.ts';
import type { Rating } from './effects.ts';
import type { FeeItem } from './fees.ts';
import { CURRENCY, ENGINES, OFFERS, SERVICE_LIST, type Service } from './market.ts';
import type { Subscription } from './population.ts';
import { decimalOf, literal, TableBuffer } from './tables.ts';

const ZONES = [
  'home',
  'on-net',
  'national',
  'eu',
  'world-1',
  'world-2',
  'premium',
  'roam-eu',
  'roam-world-1',
  'roam-world-2',
];
const ZONE_CODES = new Map(ZONES.map((zone, i) => [zone, i]));
const OFFER_CODES = new Map(OFFERS.map((offer, i) => [offer.id, i]));
const SERVICE_CODES: Readonly<Record<Service, number>> = { voice: 0, sms: 1, data: 2 };

/** Stands for null in the tables of numbers. */
const NONE = -1;

/** Correlation id of a session: day and number within the day. */
export function correlationId(day: number, number: number): string {
  return `${shortDay(day)}-${String(number).padStart(7, '0')}`;
}

const SHORT = new Map<number, string>();
function shortDay(day: number): string {
  let text = SHORT.get(day);
  if (!text) {
    text = dayDigits(day).slice(2);
    SHORT.set(day, text);
  }
  return text;
}

/** What is common to the rated and the billed item of a session. */
export interface Item {
  readonly day: number;
  readonly number: number;
  readonly subscription: Subscription;
  readonly service: Service;
  readonly start: number;
}

/** Rated items (a file for each day of the event) and billed items (a file for each day of posting), as Parquet. */
export class ItemFiles {
  ratedRows = 0;
  billedRows = 0;
  /** Sum of all that was billed, in millionths. */
  billedAmount = 0n;
  private readonly connection: DuckDBConnection;
  private readonly ratedDir: string;
  private readonly billedDir: string;
  private readonly rated: TableBuffer;
  private readonly billed: TableBuffer;

  private constructor(
    connection: DuckDBConnection,
    dirs: { rated: string; billed: string },
    rated: TableBuffer,
    billed: TableBuffer,
  ) {
    this.connection = connection;
    this.ratedDir = dirs.rated;
    this.billedDir = dirs.billed;
    this.rated = rated;
    this.billed = billed;
  }

  static async create(
    connection: DuckDBConnection,
    dirs: { rated: string; billed: string },
    population: readonly Subscription[],
  ): Promise<ItemFiles> {
    const subscriptions = await TableBuffer.create(connection, 'subscriptions', {
      sub: 'INTEGER',
      subscription_id: 'VARCHAR',
      account_id: 'VARCHAR',
      engine: 'INTEGER',
    });
    for (const s of population)
      subscriptions.add(s.index, s.id, s.accountId, s.engine === ENGINES[0] ? 0 : 1);
    await subscriptions.flush();
    const rated = await TableBuffer.create(connection, 'rated_items', {
      number: 'INTEGER',
      sub: 'INTEGER',
      service: 'INTEGER',
      start_ms: 'BIGINT',
      quantity: 'BIGINT',
      zone: 'INTEGER',
      offer: 'INTEGER',
      version: 'INTEGER',
      fallback: 'INTEGER',
      amount: 'BIGINT',
    });
    const billed = await TableBuffer.create(connection, 'billed_items', {
      day: 'VARCHAR',
      number: 'INTEGER',
      copy: 'INTEGER',
      sub: 'INTEGER',
      service: 'INTEGER',
      start_ms: 'BIGINT',
      posting: 'INTEGER',
      period_from: 'INTEGER',
      period_to: 'INTEGER',
      amount: 'BIGINT',
    });
    return new ItemFiles(connection, dirs, rated, billed);
  }

  addRated(item: Item, zone: string, offerId: string, rating: Rating): void {
    this.ratedRows++;
    this.rated.add(
      item.number,
      item.subscription.index,
      SERVICE_CODES[item.service],
      BigInt(item.start),
      BigInt(rating.quantity),
      codeOf(ZONE_CODES, zone),
      codeOf(OFFER_CODES, offerId),
      rating.version,
      rating.path === 'default' ? 1 : 0,
      rating.amount,
    );
  }

  addBilled(item: Item, amount: bigint, posting: number, copy: number): void {
    this.billedRows++;
    this.billedAmount += amount;
    const { day, number, subscription, service, start } = item;
    const code = SERVICE_CODES[service];
    this.billed.add(
      shortDay(day),
      number,
      copy,
      subscription.index,
      code,
      BigInt(start),
      posting,
      NONE,
      NONE,
      amount,
    );
  }

  addFee(fee: FeeItem): void {
    this.billedRows++;
    this.billedAmount += fee.amount;
    const { subscription, from, to, amount } = fee;
    this.billed.add(
      shortDay(from),
      NONE,
      1,
      subscription.index,
      NONE,
      BigInt(from) * 86_400_000n,
      from,
      from,
      to,
      amount,
    );
  }

  /** Moves what was added into the database. */
  async flush(): Promise<void> {
    await this.rated.flush();
    await this.billed.flush();
  }

  /** Writes the rated items flushed since the last call as those of a day. */
  async writeRated(day: number): Promise<void> {
    const file = literal(join(this.ratedDir, `rated_${dayDigits(day)}.parquet`));
    await this.connection.run(`COPY (
      SELECT ${literal(`R${shortDay(day)}`)} || lpad(number::VARCHAR, 7, '0') AS rated_id,
        ${literal(`${shortDay(day)}-`)} || lpad(number::VARCHAR, 7, '0') AS correlation_id,
        s.subscription_id, ${listed(ENGINES)}[s.engine + 1] AS source, ${listed(SERVICE_LIST)}[service + 1] AS service,
        make_timestamp_ms(start_ms)::TIMESTAMP_MS AS start_time, quantity, ${listed(ZONES)}[zone + 1] AS zone,
        ${listed(OFFERS.map((o) => o.id))}[offer + 1] AS offer_id,
        ${listed(OFFERS.map((o) => o.tariffId))}[offer + 1] AS tariff_id, version AS tariff_version,
        ['standard', 'default'][fallback + 1] AS rate_path, ${decimalOf('amount')} AS amount, '${CURRENCY}' AS currency
      FROM rated_items r JOIN subscriptions s USING (sub) ORDER BY r.rowid) TO ${file} (FORMAT parquet)`);
    await this.connection.run('TRUNCATE rated_items');
  }

  /** Writes the billed items posted on a day. No item may be added for that day afterwards. */
  async writeBilled(posting: number): Promise<void> {
    const file = literal(join(this.billedDir, `billed_${dayDigits(posting)}.parquet`));
    await this.connection.run(`COPY (
      SELECT CASE WHEN number = -1 THEN 'F' || day || '-' || s.subscription_id
          ELSE 'B' || day || lpad(number::VARCHAR, 7, '0') || '-' || copy END AS bill_item_id,
        CASE WHEN number = -1 THEN 'recurring' ELSE 'usage' END AS charge_type,
        CASE WHEN number >= 0 THEN day || '-' || lpad(number::VARCHAR, 7, '0') END AS correlation_id,
        s.subscription_id, s.account_id, ${listed(SERVICE_LIST)}[nullif(service, -1) + 1] AS service,
        make_timestamp_ms(start_ms)::TIMESTAMP_MS AS event_time, DATE '1970-01-01' + posting AS posting_date,
        DATE '1970-01-01' + nullif(period_from, -1) AS period_from, DATE '1970-01-01' + nullif(period_to, -1) AS period_to,
        ${decimalOf('amount')} AS amount, '${CURRENCY}' AS currency, NULL::VARCHAR AS reference
      FROM billed_items b JOIN subscriptions s USING (sub) WHERE posting = ${posting} ORDER BY b.rowid)
      TO ${file} (FORMAT parquet)`);
    // a new table, because deleted rows would keep their memory
    await this.connection.run(`CREATE TABLE billed_later AS
      SELECT * FROM billed_items WHERE posting <> ${posting} ORDER BY rowid`);
    await this.connection.run('DROP TABLE billed_items');
    await this.connection.run('ALTER TABLE billed_later RENAME TO billed_items');
  }
}

function codeOf(codes: ReadonlyMap<string, number>, name: string): number {
  const code = codes.get(name);
  if (code === undefined) throw new RangeError(`No code for ${name}`);
  return code;
}

function listed(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}
