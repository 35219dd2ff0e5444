import { decimalString, money } from '#core/domain/money.ts';
import { instantText } from './calendar.ts';
import { OFFERS, type Offer } from './market.ts';
import type { Price } from './price-list.ts';
import type { TariffBook, TariffVersion } from './tariff-book.ts';

/** A Markdown document of the contract feed: fields of the dataset as front matter, then the text. */
export interface DocumentFile {
  readonly name: string;
  readonly text: string;
}

const UNITS = { voice: 's', sms: 'message', data: 'kB' } as const;
const SERVICE_NAMES = { voice: 'Calls', sms: 'Messages', data: 'Data' } as const;
const ROUNDING_WORDS = { half_up: 'half up', up: 'up', down: 'down' } as const;

/** A price list for each tariff and the terms of each offer. */
export function documentsOf(book: TariffBook, beginning: number): DocumentFile[] {
  const tariffs = [...new Set(book.versions.map((v) => v.tariffId))];
  return [
    ...tariffs.map((id) => priceList(id, book.versionsOf(id))),
    ...OFFERS.map((offer) => terms(offer, book, beginning)),
  ];
}

function document(
  id: string,
  kind: 'tariff' | 'offer',
  title: string,
  subject: string,
  from: number,
  body: string,
): DocumentFile {
  const front = [
    '---',
    `contract_id: ${id}`,
    `kind: ${kind}`,
    `title: ${title}`,
    `subject: ${subject}`,
    `valid_from: ${instantText(from)}`,
    'valid_to:',
    '---',
    '',
  ];
  return { name: `${id}.md`, text: `${front.join('\n')}\n# ${title}\n\n${body}\n` };
}

function priceList(tariffId: string, versions: readonly TariffVersion[]): DocumentFile {
  const first = versions[0];
  if (!first) throw new RangeError(`Tariff ${tariffId} has no version`);
  const { base } = first;
  const rules = [
    `This price list is tariff ${tariffId}. Prices are in EUR without tax.`,
    '',
    '## How a session is charged',
    '',
    'The quantity used is brought up to the minimum and then rounded up to whole increments. The charge is the',
    'connect fee plus the number of increments times the price of one increment. A session with quantity zero costs',
    'nothing. Partial records of one session are added up before the session is charged, once.',
    '',
    `The charge of the session is rounded ${ROUNDING_WORDS[base.rounding]} to ${base.decimals} decimals.`,
    '',
    `Peak is Monday to Friday from ${base.peakFrom}:00 until before ${base.peakTo}:00, local time of Europe/Vienna,`,
    'except public holidays (calendar AT). A session is priced by the version, zone and time band at its start and is',
    'not split when another begins. Abroad, the zone is that of the network that serves the customer.',
  ];
  const chapters = versions.map((version) => versionChapter(version));
  return document(
    `PL-${tariffId}`,
    'tariff',
    base.name,
    tariffId,
    first.from,
    [...rules, ...chapters].join('\n'),
  );
}

function versionChapter(version: TariffVersion): string {
  const until = version.to === null ? 'until further notice' : `until before ${instantText(version.to)}`;
  const free = version.prices.filter((p) => p.free);
  const lines = [
    '',
    `## Version ${version.version}`,
    '',
    `In force from ${instantText(version.from)} ${until}. ${version.note}`,
    '',
    '| service | zone | time | increment | minimum | price per increment | connect fee |',
    '|---|---|---|---|---|---|---|',
    ...version.prices.map((p) => priceLine(p)),
  ];
  if (free.length > 0) {
    const zones = [
      ...new Set(free.map((p) => `${SERVICE_NAMES[p.service].toLowerCase()} to zone ${p.zone}`)),
    ];
    lines.push('', `Free on purpose in this version: ${zones.join(', ')}.`);
  }
  return lines.join('\n');
}

function priceLine(p: Price): string {
  const unit = UNITS[p.service];
  const price = p.free ? 'free' : euro(p.price);
  return `| ${SERVICE_NAMES[p.service]} | ${p.zone} | ${p.band} | ${p.increment} ${unit} | ${p.minimum} ${unit} | ${price} | ${euro(p.connect)} |`;
}

function terms(offer: Offer, book: TariffBook, beginning: number): DocumentFile {
  const title = `Terms of ${offer.name}`;
  const base = book.versionsOf(offer.tariffId)[0]?.base;
  const body = [
    `Offer ${offer.id}, ${offer.name}, for ${offer.segment} customers.`,
    '',
    '## Recurring fee',
    '',
    `The monthly fee is ${euro(offer.fee)} EUR without tax for a full calendar month, posted in advance. In the month in`,
    'which the offer starts or ends, the fee is charged for the days held, in proportion to the days of the month, and',
    'rounded half up to cents. A change of offer ends one and starts the other on the day of the change.',
    '',
    '## Usage',
    '',
    `Usage is charged by tariff ${offer.tariffId} (${base?.name ?? offer.tariffId}). The offer includes no free units;`,
    'where a version of the price list says that something is free, its price is zero.',
    '',
    'Test lines and internal lines of Alpina Mobile are not charged.',
  ];
  return document(`TERMS-${offer.id}`, 'offer', title, offer.id, beginning, body.join('\n'));
}

function euro(amount: bigint): string {
  return decimalString(money(amount, 'EUR/6')).replace(/0{1,4}$/, '');
}
