import type { MoneyJson } from '#core/domain/money.ts';

/** The KPIs of the revenue-assurance scorecard, by number. */
export const KPI_IDS = [
  'K1',
  'K2',
  'K3',
  'K4',
  'K5',
  'K6',
  'K7',
  'K8',
  'K9',
  'K10',
  'K11',
  'K12',
  'K13',
  'K14',
  'K15',
] as const;
export type KpiId = (typeof KPI_IDS)[number];

/** What stands behind a KPI, and can be opened. */
export type Behind =
  | { readonly kind: 'violations'; readonly controls: readonly string[] }
  | { readonly kind: 'cases' }
  | { readonly kind: 'controls' }
  | { readonly kind: 'quality' }
  | { readonly kind: 'residual' }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'slowest' }
  | { readonly kind: 'nothing' };

/** One figure of a KPI: a ratio as a decimal with six places, a count, hours, or money. */
export interface Figure {
  readonly name: string;
  /** Null where it cannot be said, and `reason` says why. */
  readonly value: string | null;
  readonly unit: 'ratio' | 'records' | 'hours' | 'days' | 'controls' | 'money';
  readonly money?: MoneyJson;
  /** What was divided by what, or where the figure comes from. */
  readonly basis: string;
  readonly reason?: string;
}

/** A KPI of a run. */
export interface Kpi {
  readonly id: KpiId;
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly behind: Behind;
}

/** `part` of `whole` as a decimal with six places, rounded half up; null where there is no whole. */
export function ratio(part: bigint, whole: bigint): string | null {
  if (whole <= 0n) return null;
  const negative = part < 0n;
  const micros = ((negative ? -part : part) * 2_000_000n + whole) / (2n * whole);
  const digits = micros.toString().padStart(7, '0');
  return `${negative && micros > 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** The middle of some numbers, the lower of two; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
