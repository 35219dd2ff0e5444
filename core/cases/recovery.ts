import { add, fromMoneyJson, type Money, parseMoney, subtract, zero } from '#core/domain/money.ts';
import type { AdjustmentLine } from './adjustments.ts';
import { towardZero } from './money.ts';

/** Gap (expected minus charged) per key, as signed decimals. A key that is absent could not be measured. */
export type Gaps = ReadonlyMap<string, string>;

export interface Recovery {
  /** What has moved, over all items; never more of an item than was ordered for it. */
  readonly recovered: Money;
  readonly movedItems: number;
  /** Items whose gap could not be measured now: they count as not moved. */
  readonly unmeasured: number;
}

/**
 * How much of what was ordered has moved: per item, the change of its key's gap, at most the ordered amount and
 * never of the other sign. A gap that grew recovers nothing, and a gap that closed by more than was ordered
 * recovers what was ordered: the rest is somebody else's doing.
 */
export function measureRecovery(
  lines: readonly AdjustmentLine[],
  before: Gaps,
  now: Gaps,
  asset: Money['asset'],
): Recovery {
  let recovered = zero(asset);
  let movedItems = 0;
  let unmeasured = 0;
  for (const line of lines) {
    const ordered = fromMoneyJson(line.amount);
    const [was, is] = [before.get(line.key), now.get(line.key)];
    if (was === undefined || is === undefined) {
      unmeasured += 1;
      continue;
    }
    const moved = towardZero(ordered, subtract(parseMoney(was, asset), parseMoney(is, asset)));
    if (moved.minor === ordered.minor) movedItems += 1;
    recovered = add(recovered, moved);
  }
  return { recovered, movedItems, unmeasured };
}
