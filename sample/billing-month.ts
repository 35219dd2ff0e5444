import { divide } from '#core/domain/money.ts';
import { DAY_MS, dayNumber, dayText, instantText } from './calendar.ts';
import { CURRENCY, micros, OFFERS } from './market.ts';
import type { MoreFamily } from './more-families.ts';
import { TABLES, type Tables } from './more-tables.ts';
import type { Subscription } from './population.ts';
import { seedWord, unitOf } from './random.ts';

/** What a month of bills gives: rows by feed, labels by family, innocent keys by family. Amounts in millionths. */
export interface BillingMonth {
  readonly tables: Tables;
  readonly labels: ReadonlyMap<MoreFamily, readonly { readonly key: string; readonly amount: bigint }[]>;
  readonly innocent: ReadonlyMap<MoreFamily, readonly string[]>;
}

/** Invoices of September, issued in October: a line knows what it is for, and what it should have been. */
export const INVOICED_AT = Date.parse('2026-10-05T06:00:00Z');
const FROM = dayNumber('2026-09-01');
const TO = dayNumber('2026-09-30');
/** The last invoice and booking of the sample: what is due by then shows. */
const LATEST = Date.parse('2026-11-18T06:00:00Z');
const CENT = 10_000n;
const TAX_PERCENT = 20n;
const OLD_TAX_PERCENT = 10n;
/** Euros for one dollar. */
const DOLLAR = micros('0.9');
const MINIMUM: Readonly<Record<string, bigint>> = { 'O-BIZ': micros('38'), 'O-BIZPRO': micros('48') };
const SERVICE_WORTH = micros('4.90');

interface Line {
  readonly id: string;
  readonly kind: 'usage' | 'recurring' | 'one-off' | 'discount' | 'minimum' | 'credit' | 'tax';
  readonly amount: bigint;
  readonly subscription?: string;
  readonly reference?: string;
  readonly reason?: string;
  readonly foreign?: bigint;
  readonly period: boolean;
}

interface Invoice {
  readonly id: string;
  readonly accountId: string;
  readonly segment: string;
  readonly at: number;
  readonly lines: readonly Line[];
}

/** Plays billing, orders, ledger and provisioning of one month with the faults that are asked for. */
export class BillingPlay {
  private readonly word: number;
  private readonly on: ReadonlySet<MoreFamily>;
  private readonly tables: Tables = TABLES();
  private readonly labels = new Map<MoreFamily, { key: string; amount: bigint }[]>();
  private readonly innocent = new Map<MoreFamily, string[]>();

  constructor(seed: number, families: ReadonlySet<MoreFamily>) {
    this.word = seedWord(seed, 'billing month');
    this.on = families;
  }

  play(population: readonly Subscription[]): BillingMonth {
    this.catalogues();
    const customers = population.filter((s) => s.purpose === 'customer' && heldOffer(s) !== undefined);
    const accounts = Map.groupBy(customers, (s) => s.accountId);
    for (const [accountId, lines] of accounts) this.invoice(this.monthly(accountId, lines));
    for (const s of customers) this.extras(s);
    this.orderAfter(customers[0]);
    for (const s of population) this.services(s);
    return { tables: this.tables, labels: this.labels, innocent: this.innocent };
  }

  private chance(s: Subscription, what: number, share: number): boolean {
    return unitOf(this.word, s.index, what) < share;
  }

  private wrong(family: MoreFamily, key: string, amount: bigint): void {
    this.labels.set(family, [...(this.labels.get(family) ?? []), { key, amount }]);
  }

  private fine(family: MoreFamily, key: string): void {
    this.innocent.set(family, [...(this.innocent.get(family) ?? []), key]);
  }

  /** The invoice of an account for September. */
  private monthly(accountId: string, subscriptions: readonly Subscription[]): Invoice {
    const id = `I-2609-${accountId}`;
    const lines = subscriptions.flatMap((s) => this.linesOf(id, s));
    return { id, accountId, segment: subscriptions[0]?.segment ?? '', at: INVOICED_AT, lines };
  }

  private linesOf(invoice: string, s: Subscription): Line[] {
    const offer = heldOffer(s);
    if (offer === undefined) return [];
    const line = (kind: Line['kind'], n: string, amount: bigint, more: Partial<Line> = {}): Line => ({
      id: `L-2609-${s.id}-${n}`,
      kind,
      amount,
      subscription: s.id,
      period: true,
      ...more,
    });
    const usage = (300n + BigInt(Math.floor(unitOf(this.word, s.index, 1) * 1700))) * CENT;
    const lines = [line('recurring', 'r', offer.fee), line('usage', 'u', usage), ...this.converted(s, line)];
    lines.push(...this.discounts(invoice, s, offer.id, line));
    const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
    // What was taken off without being due does not lower what the minimum is compared with.
    const undue = this.undueOf(invoice, s);
    const short = (MINIMUM[offer.id] ?? 0n) - total - undue;
    if (short <= 0n) {
      if (MINIMUM[offer.id] !== undefined) this.fine('minimum-not-charged', `commitment|${s.id}|2026-09`);
      return lines;
    }
    if (this.on.has('minimum-not-charged') && offer.id === 'O-BIZ') {
      this.wrong('minimum-not-charged', `commitment|${s.id}|2026-09`, short);
      return lines;
    }
    return [...lines, line('minimum', 'm', short)];
  }

  private undueOf(invoice: string, s: Subscription): bigint {
    let sum = 0n;
    for (const family of ['discount-past-end', 'discounts-stacked'] as const) {
      for (const { key, amount } of this.labels.get(family) ?? []) {
        if (key.includes(`|${invoice}|${s.id}|`)) sum += amount;
      }
    }
    return sum;
  }

  private converted(
    s: Subscription,
    line: (kind: Line['kind'], n: string, amount: bigint, more?: Partial<Line>) => Line,
  ): Line[] {
    if (!this.chance(s, 2, s.segment === 'business' ? 0.6 : 0.2)) return [];
    const foreign = (500n + BigInt(Math.floor(unitOf(this.word, s.index, 3) * 2000))) * CENT;
    const right = cents(foreign * DOLLAR, 1_000_000n);
    const inverse = cents(foreign * 1_000_000n, DOLLAR);
    const isWrong = this.on.has('rate-inverted') && s.segment === 'consumer';
    const one = line('usage', 'x', isWrong ? inverse : right, { foreign });
    if (isWrong) this.wrong('rate-inverted', `line|${one.id}`, right - inverse);
    else this.fine('rate-inverted', `line|${one.id}`);
    return [one];
  }

  private discounts(
    invoice: string,
    s: Subscription,
    offer: string,
    line: (kind: Line['kind'], n: string, amount: bigint, more?: Partial<Line>) => Line,
  ): Line[] {
    const lines: Line[] = [];
    const give = (id: string, n: string, amount: bigint) =>
      lines.push(line('discount', n, -amount, { reference: id }));
    const loyal = s.segment === 'consumer' && this.chance(s, 4, 0.4);
    if (loyal) give('D-LOYAL', 'd1', micros('0.50'));
    const stacked = this.on.has('discounts-stacked') && loyal && offer === 'O-FAMILY';
    if (stacked) {
      give('D-ONLINE', 'd2', micros('1'));
      this.wrong('discounts-stacked', `stacked|${invoice}|${s.id}|D-ONLINE|G-A`, micros('1'));
    } else if (loyal) this.fine('discounts-stacked', `stacked|${invoice}|${s.id}|D-LOYAL|G-A`);
    const key = `discount|${invoice}|${s.id}|D-SPRING`;
    if (this.on.has('discount-past-end') && offer === 'O-SMART') {
      give('D-SPRING', 'd3', micros('2'));
      this.wrong('discount-past-end', key, micros('2'));
    } else if (this.chance(s, 5, 0.1)) {
      give('D-SPRING', 'd3', micros('2'));
      give('D-SPRING', 'd4', -micros('2'));
      this.fine('discount-past-end', key);
    }
    return lines;
  }

  /** Orders with a fee, and credits: documents of their own in the course of the month. */
  private extras(s: Subscription): void {
    const day = dayNumber('2026-10-01');
    if (this.chance(s, 6, 0.25)) this.order(s, day + Math.floor(unitOf(this.word, s.index, 7) * 10));
    if (this.chance(s, 8, 0.15)) this.credit(s, day + Math.floor(unitOf(this.word, s.index, 9) * 31));
    if (this.chance(s, 10, 0.05)) this.order(s, day + 24);
  }

  private order(s: Subscription, day: number): void {
    const at = day * DAY_MS + 11 * 3_600_000;
    const waived = this.chance(s, 11, 0.2);
    const fee = waived ? 0n : micros('9.90');
    const id = `O-${s.id}-${dayText(day).slice(5).replace('-', '')}`;
    const lost = this.on.has('one-off-fee-lost') && s.segment === 'consumer' && day >= ORDERS_LOST_FROM;
    this.tables.order_event.push([id, s.id, s.accountId, 'sim-swap', fee, CURRENCY, instantText(at)]);
    const isEarly = day < dayNumber('2026-10-14');
    if (waived || !isEarly) this.fine('one-off-fee-lost', `order|${id}`);
    else if (lost) this.wrong('one-off-fee-lost', `order|${id}`, fee);
    // Orders of the end of the month are invoiced later than this sample sees.
    if (waived || lost || !isEarly) return;
    const line: Line = {
      id: `L-${id}`,
      kind: 'one-off',
      amount: fee,
      subscription: s.id,
      reference: id,
      period: false,
    };
    this.invoice({
      id: `I-${id}`,
      accountId: s.accountId,
      segment: s.segment,
      at: at + DAY_MS,
      lines: [line],
    });
  }

  /** The last order: with it the invoices of the days read go on to its date. */
  private orderAfter(s: Subscription | undefined): void {
    if (s === undefined) return;
    const id = `O-${s.id}-LAST`;
    const at = LATEST - DAY_MS;
    const fee = micros('9.90');
    this.tables.order_event.push([id, s.id, s.accountId, 'sim-swap', fee, CURRENCY, instantText(at)]);
    const line: Line = {
      id: `L-${id}`,
      kind: 'one-off',
      amount: fee,
      subscription: s.id,
      reference: id,
      period: false,
    };
    this.invoice({ id: `I-${id}`, accountId: s.accountId, segment: s.segment, at: LATEST, lines: [line] });
  }

  private credit(s: Subscription, day: number): void {
    const id = `C-${s.id}`;
    const at = day * DAY_MS + 13 * 3_600_000;
    const amount = (200n + BigInt(Math.floor(unitOf(this.word, s.index, 12) * 800))) * CENT;
    const wrong =
      this.on.has('credit-without-approval') && s.segment === 'consumer' && day >= CREDITS_WRONG_FROM;
    const line: Line = {
      id: `L-${id}`,
      kind: 'credit',
      amount: -amount,
      subscription: s.id,
      reason: 'goodwill',
      period: false,
      ...(wrong ? {} : { reference: `APR-${s.id}` }),
    };
    if (wrong) this.wrong('credit-without-approval', `credit|${line.id}`, amount);
    else this.fine('credit-without-approval', `credit|${line.id}`);
    this.invoice({ id: `I-${id}`, accountId: s.accountId, segment: s.segment, at, lines: [line] });
  }

  /** Writes an invoice with its tax, and books it a day later. */
  private invoice({ id, accountId, segment, at, lines }: Invoice): void {
    const base = lines.reduce((sum, { amount }) => sum + amount, 0n);
    const isMonthly = at === INVOICED_AT;
    const due = cents(base * TAX_PERCENT, 100n);
    const isOldRate = this.on.has('tax-rate-outdated') && isMonthly && segment === 'business';
    const tax = isOldRate ? cents(base * OLD_TAX_PERCENT, 100n) : due;
    if (due !== tax) this.wrong('tax-rate-outdated', `tax|${id}|AT20`, due - tax);
    else this.fine('tax-rate-outdated', `tax|${id}|AT20`);
    const taxLine: Line = { id: `T-${id}`, kind: 'tax', amount: tax, period: false };
    for (const line of [...lines, taxLine]) {
      const span = line.period ? [dayText(FROM), dayText(TO)] : ['', ''];
      const foreign = line.foreign === undefined ? ['', ''] : [line.foreign, 'USD'];
      this.tables.invoice_line.push([
        line.id,
        id,
        accountId,
        line.subscription ?? '',
        line.kind,
        line.reference ?? '',
        line.reason ?? '',
        ...span,
        line.amount,
        CURRENCY,
        'AT20',
        ...foreign,
        instantText(at),
      ]);
    }
    if (this.on.has('invoice-not-booked') && isMonthly && segment === 'business') {
      this.wrong('invoice-not-booked', `invoice|${id}`, base + tax);
      return;
    }
    // The ledger is behind with what came at the end of the month.
    if (at > LATE_BOOKING_FROM && at < LATEST) {
      this.fine('invoice-not-booked', `invoice|${id}`);
      return;
    }
    this.tables.ledger_entry.push([`E-${id}`, accountId, id, base + tax, CURRENCY, instantText(at)]);
  }

  private catalogues(): void {
    const begin = '2025-01-01T00:00:00Z';
    const { discount, commitment, tax_rate, fx_rate, entitlement } = this.tables;
    discount.push(
      ['D-LOYAL', 'Thank you', '', 'consumer', 'all', 0n, micros('0.50'), 'G-A', 1, begin, ''],
      ['D-ONLINE', 'Online bill', '', '', 'all', 0n, micros('1'), 'G-A', 2, begin, ''],
      [
        'D-SPRING',
        'Spring',
        '',
        '',
        'all',
        0n,
        micros('2'),
        '',
        3,
        '2026-03-01T00:00:00Z',
        '2026-09-01T00:00:00Z',
      ],
    );
    for (const [offer, minimum] of Object.entries(MINIMUM))
      commitment.push([offer, minimum, '', '', CURRENCY, begin, '']);
    tax_rate.push(['AT20', 'AT', micros('20'), 2, begin, '']);
    for (let day = dayNumber('2026-10-01'); day <= dayNumber('2026-11-18'); day++)
      fx_rate.push([dayText(day), 'USD', CURRENCY, DOLLAR, 2]);
    for (const { id } of OFFERS) {
      for (const service of ['voice', 'sms', 'data'])
        entitlement.push([id, service, micros('1'), 'true', CURRENCY]);
      entitlement.push([id, 'roaming-plus', SERVICE_WORTH, String(OPEN_TO.has(id)), CURRENCY]);
    }
  }

  /** What the network allows: what the offers include, and where the template is wrong a service more. */
  private services(s: Subscription): void {
    const allow = (service: string, from: number, to: number | null) =>
      this.tables.network_service.push([s.imsi, service, dayText(from), to === null ? '' : dayText(to)]);
    for (const service of ['voice', 'sms', 'data']) allow(service, s.servedFrom, s.servedTo);
    const key = `service|${s.id}|roaming-plus|service-not-sold`;
    for (const line of s.lines.filter(({ offer }) => OPEN_TO.has(offer.id))) {
      allow('roaming-plus', line.from, line.to);
      this.fine('service-left-open', key);
    }
    if (!this.on.has('service-left-open') || s.purpose !== 'customer') return;
    if (s.moved !== null || s.servedTo !== null || heldOffer(s)?.id !== 'O-YOUNG') return;
    allow('roaming-plus', OPEN_FROM, null);
    this.wrong('service-left-open', key, divide(SERVICE_WORTH * OPEN_DAYS, 31n, 'half_up'));
  }
}

/** First day on which the service stands open, and its days of October from then on. */
const OPEN_FROM = dayNumber('2026-10-06');
const OPEN_DAYS = 26n;

/** Offers that include the service for roaming. */
const OPEN_TO: ReadonlySet<string> = new Set(['O-SURF', 'O-BIZPRO']);

/** First days on which orders and credits go wrong. */
export const ORDERS_LOST_FROM = dayNumber('2026-10-04');
export const CREDITS_WRONG_FROM = dayNumber('2026-10-12');
const LATE_BOOKING_FROM = Date.parse('2026-10-29T10:00:00Z');

/** The offer that a subscription held for the whole of September and October, or undefined. */
function heldOffer(s: Subscription): Subscription['lines'][number]['offer'] | undefined {
  const [line, ...others] = s.lines;
  return line !== undefined && others.length === 0 && line.from <= FROM && line.to === null
    ? line.offer
    : undefined;
}

/** A quotient in whole cents, half up in size, in millionths. */
function cents(numerator: bigint, denominator: bigint): bigint {
  return divide(numerator, denominator * CENT, 'half_up') * CENT;
}
