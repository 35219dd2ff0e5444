/** What one month granted and is still there. */
export interface AllowanceLot {
  /** The month that granted it, as `2026-10`. */
  readonly month: string;
  readonly units: bigint;
}

/** A bucket at the end of a month. Conserved: opening + granted = used + expired + closing. */
export interface BucketMonth {
  readonly opening: bigint;
  readonly granted: bigint;
  readonly used: bigint;
  readonly expired: bigint;
  readonly closing: bigint;
  /** What is carried into the next month, oldest first. */
  readonly carried: readonly AllowanceLot[];
}

/**
 * Closes a month of one bucket. The oldest lot is used first; what a month granted may be used in that month and in
 * `rolloverMonths` after it, then it lapses. Throws a RangeError when more was used than was there.
 */
export function closeMonth(
  month: string,
  carriedIn: readonly AllowanceLot[],
  granted: bigint,
  used: bigint,
  rolloverMonths: number,
): BucketMonth {
  const opening = carriedIn.reduce((sum, { units }) => sum + units, 0n);
  const available = opening + granted;
  if (used < 0n || used > available) throw new RangeError(`${used} units used of ${available} in ${month}`);
  const lots = [...carriedIn, { month, units: granted }].sort((a, b) => ordinal(a.month) - ordinal(b.month));
  let toUse = used;
  let expired = 0n;
  const carried: AllowanceLot[] = [];
  for (const lot of lots) {
    const taken = toUse < lot.units ? toUse : lot.units;
    toUse -= taken;
    const units = lot.units - taken;
    if (units === 0n) continue;
    if (ordinal(month) - ordinal(lot.month) >= rolloverMonths) expired += units;
    else carried.push({ month: lot.month, units });
  }
  return { opening, granted, used, expired, closing: available - used - expired, carried };
}

/** Months since year 0. Throws a RangeError for text that is no month. */
function ordinal(month: string): number {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (match === null) throw new RangeError(`"${month}" is not a month such as 2026-10`);
  return Number(match[1]) * 12 + Number(match[2]);
}
