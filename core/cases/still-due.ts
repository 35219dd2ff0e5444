import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { fromMoneyJson, parseMoney } from '#core/domain/money.ts';
import type { AdjustmentLine } from './adjustments.ts';
import type { Gaps } from './recovery.ts';

/**
 * Throws VersionMoved where the gap of some item is gone, or has turned, by now: a record of it arrived after the run, and
 * an order would charge or credit it a second time. Items that cannot be measured now are as they were.
 */
export function requireStillDue(current: Case, lines: readonly AdjustmentLine[], now: Gaps): void {
  const settled = lines.filter(({ key, amount }) => {
    const gap = now.get(key);
    if (gap === undefined) return false;
    const [ordered, open] = [fromMoneyJson(amount).minor, parseMoney(gap, amount.asset).minor];
    return open === 0n || open > 0n !== ordered > 0n;
  });
  const [first] = settled;
  if (first === undefined) return;
  throw new PlumblineError('VersionMoved', {
    what: `${settled.length} of the ${lines.length} items of case ${current.caseId} are in order by now`,
    where: first.key,
    why: 'records of them arrived after the run that found them',
    next: `plumbline run usage-reconciliation --period ${current.period}`,
  });
}
