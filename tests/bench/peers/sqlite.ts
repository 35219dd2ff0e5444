/** `node sqlite.ts <folder>`: the work in SQLite, with its load from CSV, an index on each side and no journal. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { csvOf } from './data.ts';
import { print, totalsOf, workSql } from './totals.ts';

const [folder = ''] = process.argv.slice(2);
const MONEY = ['amount', 'price_per_increment', 'connect_fee'];
const WHOLE = ['quantity', 'increment'];

/** Loads the named columns of a CSV; the data has no quoted cell. Money becomes millionths. */
async function load(
  db: DatabaseSync,
  name: Parameters<typeof csvOf>[1],
  columns: readonly string[],
): Promise<void> {
  const types = columns.map(
    (column) => `${column} ${[...MONEY, ...WHOLE].includes(column) ? 'INTEGER' : 'TEXT'}`,
  );
  db.exec(`CREATE TABLE ${name} (${types.join(', ')}); BEGIN`);
  const insert = db.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
  let at: number[] | undefined;
  for await (const line of createInterface({ input: createReadStream(csvOf(folder, name)) })) {
    const cells = line.split(',');
    if (at === undefined) {
      at = columns.map((column) => cells.indexOf(column));
      continue;
    }
    insert.run(...at.map((i, n) => cellOf(columns[n] ?? '', cells[i] ?? '')));
  }
  db.exec('COMMIT');
}

function cellOf(column: string, text: string): string | bigint | null {
  if (text === '') return null;
  if (WHOLE.includes(column)) return BigInt(text);
  if (!MONEY.includes(column)) return text;
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}

const before = process.cpuUsage();
const started = performance.now();
const db = new DatabaseSync(':memory:');
const named = ['correlation_id', 'service', 'a_number', 'b_number', 'visited_plmn'];
await load(db, 'usage', [...named, 'session_start', 'quantity']);
await load(db, 'billed', ['charge_type', 'correlation_id', 'amount']);
await load(db, 'subscription', ['msisdn', 'offer_id']);
await load(db, 'catalog', ['offer_id', 'tariff_id']);
await load(db, 'zone', ['kind', 'code', 'zone']);
const price = ['tariff_id', 'service', 'zone', 'time_band', 'valid_from', 'valid_to', 'increment'];
await load(db, 'tariff', [...price, 'price_per_increment', 'connect_fee']);
db.exec(`CREATE INDEX of_usage ON usage (correlation_id); CREATE INDEX of_billed ON billed (correlation_id);
  CREATE INDEX of_line ON subscription (msisdn); CREATE INDEX of_offer ON catalog (offer_id);
  CREATE INDEX of_price ON tariff (tariff_id, service, zone, time_band); ANALYZE`);
const row = db.prepare(workSql((column) => `(unixepoch(${column}) / 3600)`)).get();
const { user, system } = process.cpuUsage(before);
print({
  totals: totalsOf(Object.values(row ?? {})),
  wall: (performance.now() - started) / 1000,
  cpu: (user + system) / 1e6,
});
db.close();
