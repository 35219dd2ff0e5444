import { add, fromMoneyJson, type Money, parseMoney, subtract, zero } from '#core/domain/money.ts';
import type { AdjustmentLine } from './adjustments.ts';
import { towardZero } from './money.ts';

/** Gap (expected minus charged) per key, as signed decimals. A key that is absent could not be measured. */
export type Gaps = ReadonlyMap<string, string>;

/** An order on a key, of whichever case: what was ordered, and the gap that its run found. */
export interface KeyedOrder {
  readonly amount: Money;
  readonly gap: Money;
}

/** The orders on a key that come before a line of the case, first approved first. */
export type EarlierOrders = (line: AdjustmentLine) => readonly KeyedOrder[];

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
 * recovers what was ordered: the rest is somebody else's doing. What several orders of one key share goes to them in
 * the order of their approval, so that together they never recover more than has moved.
 */
export function measureRecovery(
  lines: readonly AdjustmentLine[],
  before: Gaps,
  now: Gaps,
  asset: Money['asset'],
  earlier: EarlierOrders = () => [],
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
    const own = { amount: ordered, gap: parseMoney(was, asset) };
    const moved = movedOf([...earlier(line), own], parseMoney(is, asset));
    if (moved.minor === ordered.minor) movedItems += 1;
    recovered = add(recovered, moved);
  }
  return { recovered, movedItems, unmeasured };
}

/**
 * What the last of the orders of a key has moved when its gap is `gap`: the change since its own run, less what the
 * earlier ones took of that change, at most what was ordered.
 */
function movedOf(orders: readonly KeyedOrder[], gap: Money): Money {
  const last = orders.at(-1);
  if (!last) return zero(gap.asset);
  let left = subtract(last.gap, gap);
  for (let i = 1; i < orders.length; i += 1) {
    const before = orders.slice(0, i);
    left = subtract(left, subtract(movedOf(before, gap), movedOf(before, last.gap)));
  }
  return towardZero(last.amount, left);
}
