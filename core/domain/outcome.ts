/** How a control ends. "Could not look" (`inconclusive`) is never "not found" (`pass`). */
export const CONTROL_OUTCOMES = ['pass', 'breach', 'inconclusive', 'error'] as const;
export type ControlOutcome = (typeof CONTROL_OUTCOMES)[number];

/** The outcome of one control on one partition, with the reason where it could not look or failed. */
export interface ControlResult {
  readonly controlId: string;
  readonly outcome: ControlOutcome;
  /** Required for `inconclusive` and `error`; says what is missing and where. */
  readonly reason?: string;
  readonly violations: number;
  /** Signed sum of the impacts, decimal string with six decimals, in the partition's currency. */
  readonly impact: string;
}

/** The worse of two outcomes, for roll-ups: error > breach > inconclusive > pass. */
export function worse(a: ControlOutcome, b: ControlOutcome): ControlOutcome {
  const order: Record<ControlOutcome, number> = { pass: 0, inconclusive: 1, breach: 2, error: 3 };
  return order[a] >= order[b] ? a : b;
}
