import { PlumblineError } from '#core/domain/errors.ts';
import { divide } from '#core/domain/money.ts';
import { type AmountRounding, MICROS, roundMicros } from './rounding.ts';

/** One tier of a price. Amounts in millionths; null where the tier has none. */
export interface Tier {
  /** Largest quantity of the tier, inclusive; null for the last, which has no end. */
  readonly upTo: bigint | null;
  /** Due once when the tier is reached. */
  readonly flatMicros: bigint | null;
  readonly unitMicros: bigint | null;
}

/** How usage of a period is priced. */
export type Price =
  | { readonly kind: 'graduated' | 'volume'; readonly tiers: readonly Tier[] }
  | { readonly kind: 'package'; readonly size: bigint; readonly packageMicros: bigint }
  | { readonly kind: 'unit'; readonly unitMicros: bigint }
  | { readonly kind: 'multiplier'; readonly factorMicros: bigint }
  | { readonly kind: 'flat'; readonly flatMicros: bigint; readonly due: 'advance' | 'arrears' };

/** Where an invoice stands among those of the period: a period that is invoiced once is `only`. */
export type Position = 'only' | 'first' | 'middle' | 'last';

/** Usage that one invoice covers, and what earlier invoices of the period have covered. */
export interface UsagePart {
  readonly quantity: bigint;
  readonly before: bigint;
  readonly position: Position;
}

/** A reduction of one line. */
export interface LineDiscount {
  readonly reason: 'percentage' | 'maximum';
  readonly micros: bigint;
}

/** One priced line. The gross amount is rounded; discounts are positive and taken off it. */
export interface PricedLine {
  readonly kind: 'usage' | 'flat-fee' | 'minimum';
  /** The tier, counted from 1; null where the price has none. */
  readonly tier: number | null;
  readonly quantity: bigint;
  readonly unitMicros: bigint;
  readonly grossMicros: bigint;
  readonly discounts: readonly LineDiscount[];
}

/** Gross less discounts, in millionths. */
export function netOf(line: PricedLine): bigint {
  return line.discounts.reduce((left, { micros }) => left - micros, line.grossMicros);
}

/**
 * The lines of one part of a period. `lineRounding` rounds each line's quantity times price.
 *
 * Graduated: each unit at the price of the tier that it falls in; a tier's flat fee when its first unit is used, the
 * first tier's at the first invoice even without usage. Volume: all units at the price of the tier that the whole
 * quantity falls in, known only at the end of the period. A tier's upper bound belongs to it. Throws SchemaMismatch
 * for a price that cannot be applied or a volume price that was invoiced in parts.
 */
export function linesOf(price: Price, part: UsagePart, lineRounding: AmountRounding): PricedLine[] {
  if (part.quantity < 0n || part.before < 0n)
    throw refused('Usage is negative', 'a period has no less than none');
  const first = part.position === 'only' || part.position === 'first';
  const last = part.position === 'only' || part.position === 'last';
  const line = (
    kind: 'usage' | 'flat-fee',
    tier: number | null,
    quantity: bigint,
    unitMicros: bigint,
  ): PricedLine => ({
    kind,
    tier,
    quantity,
    unitMicros,
    grossMicros: roundMicros(quantity * unitMicros, lineRounding),
    discounts: [],
  });
  switch (price.kind) {
    case 'unit':
      return part.quantity === 0n ? [] : [line('usage', null, part.quantity, price.unitMicros)];
    case 'multiplier': {
      const cost = roundMicros(part.quantity * price.factorMicros, lineRounding);
      return part.quantity === 0n ? [] : [line('usage', null, 1n, cost)];
    }
    case 'flat':
      return (price.due === 'advance' ? first : last) ? [line('flat-fee', null, 1n, price.flatMicros)] : [];
    case 'package': {
      const packages = packagesOf(price.size, part, first);
      return packages === 0n ? [] : [line('usage', null, packages, price.packageMicros)];
    }
    case 'volume':
      return last ? volumeLines(price.tiers, part, line) : [];
    case 'graduated':
      return graduatedLines(price.tiers, part, first, line);
  }
}

type MakeLine = (
  kind: 'usage' | 'flat-fee',
  tier: number | null,
  quantity: bigint,
  unitMicros: bigint,
) => PricedLine;

function packagesOf(size: bigint, part: UsagePart, first: boolean): bigint {
  if (size <= 0n) throw refused(`A package of ${size} units`, 'a package holds at least one');
  const all = divide(part.before + part.quantity, size, 'up');
  return first ? all : all - divide(part.before, size, 'up');
}

function volumeLines(tiers: readonly Tier[], part: UsagePart, line: MakeLine): PricedLine[] {
  checkTiers(tiers);
  if (part.before !== 0n) {
    throw refused('A volume price was invoiced in parts', 'its price is known only when the period is over');
  }
  const index = tierOf(tiers, part.quantity);
  const { flatMicros, unitMicros } = tiers[index] as Tier;
  const lines: PricedLine[] = [];
  if (flatMicros !== null) lines.push(line('flat-fee', index + 1, 1n, flatMicros));
  if (unitMicros !== null && part.quantity > 0n)
    lines.push(line('usage', index + 1, part.quantity, unitMicros));
  return lines;
}

function graduatedLines(
  tiers: readonly Tier[],
  part: UsagePart,
  first: boolean,
  line: MakeLine,
): PricedLine[] {
  checkTiers(tiers);
  const end = part.before + part.quantity;
  const lines: PricedLine[] = [];
  let from = 0n;
  for (const [index, tier] of tiers.entries()) {
    const to = tier.upTo === null || tier.upTo > end ? end : tier.upTo;
    const start = from > part.before ? from : part.before;
    const quantity = to > start ? to - start : 0n;
    // Without any usage in the period so far the first tier still stands on the invoice, with its flat fee.
    const reached = quantity > 0n || (index === 0 && end === 0n);
    if (reached && tier.unitMicros !== null) lines.push(line('usage', index + 1, quantity, tier.unitMicros));
    const entered = index === 0 ? first : part.before <= from;
    if (reached && entered && tier.flatMicros !== null)
      lines.push(line('flat-fee', index + 1, 1n, tier.flatMicros));
    if (tier.upTo === null || tier.upTo >= end) break;
    from = tier.upTo;
  }
  return lines;
}

/** The tier, counted from 0, that a quantity falls in: its upper bound belongs to it. */
export function tierOf(tiers: readonly Tier[], quantity: bigint): number {
  return tiers.findIndex(({ upTo }) => upTo === null || quantity <= upTo);
}

/** Throws SchemaMismatch unless bounds rise and only the last tier is open. */
export function checkTiers(tiers: readonly Tier[]): void {
  let from = 0n;
  for (const [index, { upTo }] of tiers.entries()) {
    const last = index === tiers.length - 1;
    if (last !== (upTo === null))
      throw refused(`Tier ${index + 1} of ${tiers.length}`, 'only the last tier is open');
    if (upTo !== null && upTo <= from) throw refused(`Tier ${index + 1} ends at ${upTo}`, 'bounds must rise');
    from = upTo ?? from;
  }
  if (tiers.length === 0) throw refused('A price without tiers', 'no quantity could be priced');
}

/** Takes a percentage, in millionths of a percent, off each line; `discountRounding` rounds each discount. */
export function withPercentage(
  lines: readonly PricedLine[],
  percentMicros: bigint,
  discountRounding: AmountRounding,
): PricedLine[] {
  if (percentMicros < 0n || percentMicros > 100n * MICROS) {
    throw refused(`A discount of ${percentMicros} millionths of a percent`, 'it is from 0 to 100 percent');
  }
  return lines.map((line) => {
    const micros = percentOf(netOf(line), percentMicros, discountRounding);
    return { ...line, discounts: [...line.discounts, { reason: 'percentage', micros }] };
  });
}

/** A percentage, in millionths of a percent, of an amount; rounded once. */
export function percentOf(micros: bigint, percentMicros: bigint, rounding: AmountRounding): bigint {
  const unit = 10n ** BigInt(6 - rounding.decimals);
  return divide(micros * percentMicros, 100n * MICROS * unit, rounding.method) * unit;
}

/** Minimum and maximum of a period, in millionths; null for none. */
export interface Commitment {
  readonly minimumMicros: bigint | null;
  readonly maximumMicros: bigint | null;
}

/**
 * Applies the minimum and the maximum. The minimum is charged once, as a line of its own on the last invoice of the
 * period, less what was billed; the maximum takes off what goes over it, line by line, after other discounts.
 * `billedBefore` is what earlier invoices of the period came to, net.
 */
export function withCommitment(
  lines: readonly PricedLine[],
  commitment: Commitment,
  billedBefore: bigint,
  position: Position,
  lineRounding: AmountRounding,
): PricedLine[] {
  const result = [...lines];
  const { minimumMicros, maximumMicros } = commitment;
  if (minimumMicros !== null && (position === 'only' || position === 'last')) {
    const billed = result.reduce((sum, line) => sum + netOf(line), billedBefore);
    if (billed < minimumMicros) {
      const missing = roundMicros(minimumMicros - billed, lineRounding);
      const shared = { tier: null, quantity: 1n, discounts: [] } as const;
      result.push({ kind: 'minimum', unitMicros: missing, grossMicros: missing, ...shared });
    }
  }
  if (maximumMicros === null) return result;
  let billed = billedBefore;
  return result.map((line) => {
    const net = netOf(line);
    const over = billed + net - maximumMicros;
    const micros = over <= 0n || net <= 0n ? 0n : over < net ? over : net;
    billed += net - micros;
    return micros === 0n ? line : { ...line, discounts: [...line.discounts, { reason: 'maximum', micros }] };
  });
}

function refused(what: string, why: string): PlumblineError {
  return new PlumblineError('SchemaMismatch', { what, why, next: 'correct the price in the tariff feed' });
}
