import { type MoneyJson, parseMoney } from '#core/domain/money.ts';
import type { ViolationSum } from './facts.ts';
import type { Figure } from './kpi.ts';

const CENTIHOUR_MS = 36_000;

/** A figure, with its reason where it has no value. */
export function figure(
  name: string,
  unit: Figure['unit'],
  value: string | null,
  basis: string,
  reason: string,
): Figure {
  return value === null ? { name, unit, value, basis, reason } : { name, unit, value, basis };
}

/** An amount in millionths as a figure. */
export function moneyFigure(name: string, minor: bigint, asset: string, basis: string): Figure {
  const money = { minor: minor.toString(), asset } as MoneyJson;
  return { name, unit: 'money', value: decimal(minor), money, basis };
}

/** Records of the violations that count. */
export function recordsOf(sums: readonly ViolationSum[], counts: (sum: ViolationSum) => boolean): number {
  return sums.filter(counts).reduce((total, { records }) => total + records, 0);
}

/** A decimal with up to six places in millionths. */
export function micros(amount: string): bigint {
  return parseMoney(amount, 'XXX/6').minor;
}

/** Millionths as a decimal with six places. */
export function decimal(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(7, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** Milliseconds as hours with two decimals, rounded down. */
export function hours(ms: number): string {
  const negative = ms < 0;
  const digits = String(Math.floor(Math.abs(ms) / CENTIHOUR_MS)).padStart(3, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
