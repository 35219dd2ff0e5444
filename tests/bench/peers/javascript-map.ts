/** `node javascript-map.ts <folder>`: the work with Maps and bigint money, as one would write it by hand. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { csvOf } from './data.ts';
import { print, type Totals } from './totals.ts';

interface Session {
  service: string;
  aNumber: string;
  bNumber: string;
  plmn: string;
  start: number;
  quantity: bigint;
}
interface Bill {
  items: number;
  amount: bigint;
  total: bigint;
}

const [folder = ''] = process.argv.slice(2);

/** Calls back with the cells of each line. The data has no quoted cell. */
async function each(
  name: Parameters<typeof csvOf>[1],
  columns: string[],
  row: (cells: string[]) => void,
): Promise<void> {
  let at: number[] | undefined;
  const input = createReadStream(csvOf(folder, name));
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const cells = line.split(',');
    if (at === undefined) at = columns.map((column) => cells.indexOf(column));
    else row(at.map((i) => cells[i] ?? ''));
  }
}

function millionths(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}

/** Peak of Vienna, which is two hours ahead of UTC on the day of the data. */
function bandOf(service: string, start: number): string {
  if (service !== 'voice') return 'any';
  const hour = Math.floor(start / 3_600_000) + 2;
  return hour % 24 >= 8 && hour % 24 <= 17 && (Math.floor(hour / 24) + 3) % 7 < 5 ? 'peak' : 'offpeak';
}

async function work(): Promise<Totals> {
  const offers = new Map<string, string>();
  const lines = new Map<string, string>();
  const zones = new Map<string, string>();
  const prices = new Map<
    string,
    { from: number; to: number; increment: bigint; price: bigint; fee: bigint }[]
  >();
  await each('catalog', ['offer_id', 'tariff_id'], ([offer = '', tariff = '']) => offers.set(offer, tariff));
  await each('subscription', ['msisdn', 'offer_id'], ([number = '', offer = '']) =>
    lines.set(number, offers.get(offer) ?? ''),
  );
  await each('zone', ['kind', 'code', 'zone'], ([kind = '', code = '', zone = '']) =>
    zones.set(`${kind}${code}`, zone),
  );
  const columns = ['tariff_id', 'service', 'zone', 'time_band', 'valid_from', 'valid_to', 'increment'];
  await each('tariff', [...columns, 'price_per_increment', 'connect_fee'], (cells) => {
    const key = cells.slice(0, 4).join('|');
    const [from = '', to = '', increment = '', price = '', fee = ''] = cells.slice(4);
    const row = {
      from: Date.parse(from),
      to: to === '' ? Number.POSITIVE_INFINITY : Date.parse(to),
      increment: BigInt(increment),
      price: millionths(price),
      fee: millionths(fee),
    };
    prices.set(key, [...(prices.get(key) ?? []), row]);
  });
  const zoneOf = ({ plmn, bNumber }: Session): string => {
    const visited = zones.get(`plmn${plmn}`);
    if (visited !== undefined) return visited;
    for (let n = bNumber.length; n > 0; n -= 1) {
      const zone = zones.get(`prefix${bNumber.slice(0, n)}`);
      if (zone !== undefined) return zone;
    }
    return 'home';
  };
  const expectedOf = (session: Session): bigint => {
    const { service, aNumber, start, quantity } = session;
    const key = `${lines.get(aNumber)}|${service}|${zoneOf(session)}|${bandOf(service, start)}`;
    const row = prices.get(key)?.find(({ from, to }) => from <= start && start < to);
    if (row === undefined) throw new Error(`no price for ${key}`);
    return ((quantity + row.increment - 1n) / row.increment) * row.price + row.fee;
  };
  const sessions = new Map<string, Session>();
  const named = ['correlation_id', 'service', 'a_number', 'b_number', 'visited_plmn'];
  await each('usage', [...named, 'session_start', 'quantity'], (cells) => {
    const [id = '', service = '', aNumber = '', bNumber = '', plmn = '', start = '', quantity = ''] = cells;
    const known = sessions.get(id);
    if (known !== undefined) known.quantity += BigInt(quantity);
    else
      sessions.set(id, {
        service,
        aNumber,
        bNumber,
        plmn,
        start: Date.parse(start),
        quantity: BigInt(quantity),
      });
  });
  const bills = new Map<string, Bill>();
  await each('billed', ['charge_type', 'correlation_id', 'amount'], ([type = '', id = '', text = '']) => {
    if (type !== 'usage') return;
    const amount = millionths(text);
    const known = bills.get(id);
    if (known === undefined) bills.set(id, { items: 1, amount, total: amount });
    else {
      known.items += 1;
      known.total += amount;
      if (amount < known.amount) known.amount = amount;
    }
  });
  return compare(sessions, bills, expectedOf);
}

function compare(
  sessions: ReadonlyMap<string, Session>,
  bills: ReadonlyMap<string, Bill>,
  expectedOf: (session: Session) => bigint,
): Totals {
  let [unbilled, without, repeated, wrong] = [0, 0, 0, 0];
  let [unbilledMoney, withoutMoney, repeatedMoney, under, over] = [0n, 0n, 0n, 0n, 0n];
  for (const [id, session] of sessions) {
    const expected = expectedOf(session);
    const bill = bills.get(id);
    if (bill === undefined) {
      unbilled += 1;
      unbilledMoney += expected;
      continue;
    }
    const gap = expected - bill.amount;
    const size = gap < 0n ? -gap : gap;
    if (size <= 1000n || size * 1000n <= expected) continue;
    wrong += 1;
    if (gap > 0n) under += size;
    else over += size;
  }
  for (const [id, { items, amount, total }] of bills) {
    repeated += items - 1;
    repeatedMoney += total - amount;
    if (sessions.has(id)) continue;
    without += 1;
    withoutMoney += amount;
  }
  return {
    unbilled: [unbilled, String(unbilledMoney)],
    withoutUsage: [without, String(withoutMoney)],
    repeated: [repeated, String(repeatedMoney)],
    wrong: [wrong, String(under), String(over)],
  };
}

const before = process.cpuUsage();
const started = performance.now();
const totals = await work();
const { user, system } = process.cpuUsage(before);
print({ totals, wall: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 });
