import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import { decimalString, money } from '#core/domain/money.ts';
import { dayText, HOLIDAY_CALENDAR, HOLIDAYS, instantText } from './calendar.ts';
import type { ChangeEntry } from './change-log.ts';
import type { DocumentFile } from './documents.ts';
import { CURRENCY, OFFERS } from './market.ts';
import type { NumberingPlan } from './numbering.ts';
import type { Subscription } from './population.ts';
import { TARIFF_CONSTANTS, type TariffBook } from './tariff-book.ts';

const csv = (dataset: FeedDeclaration['dataset']): FeedDeclaration => ({
  dataset,
  format: 'csv',
  mapping: 'canonical',
  cadence: 'once',
  lagDays: 0,
});

/** Every feed folder of the sample and its declaration. */
export const FEEDS: Readonly<Record<string, FeedDeclaration>> = {
  usage: {
    dataset: 'usage',
    format: 'csv',
    mapping: 'canonical',
    cadence: 'hourly',
    slotPattern: '^usage_(?<date>\\d{8})_(?<hour>\\d{2})\\.csv$',
    // partials of a session that runs over midnight stand in the files of the next day
    lagDays: 1,
  },
  file_trailer: {
    dataset: 'file_trailer',
    format: 'csv',
    mapping: 'canonical',
    cadence: 'daily',
    slotPattern: '^trailer_(?<date>\\d{8})\\.csv$',
    lagDays: 0,
  },
  rated: {
    dataset: 'rated',
    format: 'parquet',
    cadence: 'daily',
    slotPattern: '^rated_(?<date>\\d{8})\\.parquet$',
    lagDays: 0,
  },
  billed: {
    dataset: 'billed',
    format: 'parquet',
    cadence: 'daily',
    slotPattern: '^billed_(?<date>\\d{8})\\.parquet$',
    lagDays: 3,
  },
  subscription: csv('subscription'),
  network_profile: csv('network_profile'),
  catalog: csv('catalog'),
  tariff: csv('tariff'),
  zone: csv('zone'),
  holiday: csv('holiday'),
  change_log: { dataset: 'change_log', format: 'jsonl', cadence: 'once', lagDays: 0 },
  contract: { dataset: 'contract', format: 'markdown', cadence: 'once', lagDays: 0 },
};

/** Makes the feed folders with their declarations. */
export function writeFeedDeclarations(feedsDir: string): void {
  for (const [name, declaration] of Object.entries(FEEDS)) {
    mkdirSync(join(feedsDir, name), { recursive: true });
    writeFileSync(join(feedsDir, name, 'feed.json'), `${JSON.stringify(declaration, null, 2)}\n`);
  }
}

export interface ReferenceData {
  readonly population: readonly Subscription[];
  readonly book: TariffBook;
  readonly plan: NumberingPlan;
  readonly changes: readonly ChangeEntry[];
  readonly documents: readonly DocumentFile[];
  readonly beginning: number;
}

/** Writes the feeds that are delivered once: CRM, HLR, catalog, price lists, numbering plan, change log, documents. */
export function writeReferenceFiles(feedsDir: string, data: ReferenceData): void {
  const write = (feed: string, name: string, text: string) => writeFileSync(join(feedsDir, feed, name), text);
  write('subscription', 'subscription.csv', subscriptionCsv(data.population));
  write('network_profile', 'network_profile.csv', networkProfileCsv(data.population));
  write('catalog', 'catalog.csv', catalogCsv(data.beginning));
  write('tariff', 'tariff.csv', tariffCsv(data.book));
  write('zone', 'zone.csv', zoneCsv(data.plan));
  write('holiday', 'holiday.csv', holidayCsv());
  write('change_log', 'change_log.jsonl', `${data.changes.map((c) => JSON.stringify(c)).join('\n')}\n`);
  for (const { name, text } of data.documents) write('contract', name, text);
}

const table = (header: string, rows: readonly string[]) => `${[header, ...rows].join('\n')}\n`;
const until = (to: number | null, text: (n: number) => string) => (to === null ? '' : text(to));
const decimal = (amount: bigint) => decimalString(money(amount, 'EUR/6'));

function subscriptionCsv(population: readonly Subscription[]): string {
  return table(
    'subscription_id,account_id,msisdn,imsi,offer_id,segment,purpose,valid_from,valid_to',
    population.flatMap((s) =>
      s.lines.map(
        (l) =>
          `${s.id},${s.accountId},${s.msisdn},${s.imsi},${l.offer.id},${s.segment},${s.purpose},${dayText(l.from)},${until(l.to, dayText)}`,
      ),
    ),
  );
}

function networkProfileCsv(population: readonly Subscription[]): string {
  return table(
    'imsi,msisdn,status,active_from,active_to',
    population.map(
      (s) => `${s.imsi},${s.msisdn},active,${dayText(s.servedFrom)},${until(s.servedTo, dayText)}`,
    ),
  );
}

function catalogCsv(beginning: number): string {
  return table(
    'offer_id,name,monthly_fee,currency,tariff_id,valid_from,valid_to',
    OFFERS.map(
      (o) => `${o.id},${o.name},${decimal(o.fee)},${CURRENCY},${o.tariffId},${instantText(beginning)},`,
    ),
  );
}

function tariffCsv(book: TariffBook): string {
  const { currency, time_zone, holiday_calendar } = TARIFF_CONSTANTS;
  return table(
    'tariff_id,version,valid_from,valid_to,service,zone,time_band,increment,minimum,price_per_increment,connect_fee,free,rounding_method,rounding_decimals,currency,time_zone,peak_from_hour,peak_to_hour,holiday_calendar',
    book.versions.flatMap((v) =>
      v.prices.map((p) =>
        [
          v.tariffId,
          v.version,
          instantText(v.from),
          until(v.to, instantText),
          p.service,
          p.zone,
          p.band,
          p.increment,
          p.minimum,
          decimal(p.price),
          decimal(p.connect),
          p.free,
          v.base.rounding,
          v.base.decimals,
          currency,
          time_zone,
          v.base.peakFrom,
          v.base.peakTo,
          holiday_calendar,
        ].join(','),
      ),
    ),
  );
}

function zoneCsv(plan: NumberingPlan): string {
  return table(
    'kind,code,zone,valid_from,valid_to',
    plan.rows.map((r) => `${r.kind},${r.code},${r.zone},${instantText(r.from)},${until(r.to, instantText)}`),
  );
}

function holidayCsv(): string {
  return table(
    'calendar,holiday_date,name',
    HOLIDAYS.map(([day, name]) => `${HOLIDAY_CALENDAR},${day},${name}`),
  );
}
