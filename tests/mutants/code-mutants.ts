import type { Mutant } from './mutant.ts';

const rating = (file: string, test: string) => ({ file: `core/rating/${file}.test.ts`, test });

/** Faults in TypeScript: rating, matching by rules, attribution and conservation. */
export const CODE_MUTANTS: readonly Mutant[] = [
  {
    fault: 'peak lasts an hour longer',
    file: 'core/rating/time-band.ts',
    find: 'local.hour < profile.peakToHour',
    replace: 'local.hour <= profile.peakToHour',
    killer: rating('rate-event', 'peak in Vienna: first minute after peak'),
  },
  {
    fault: 'a holiday is a working day',
    file: 'core/rating/time-band.ts',
    find: ' && !profile.holidays.has(local.day)',
    replace: '',
    killer: rating('rate-event', 'peak in Vienna: holiday'),
  },
  {
    fault: 'the worked explanation takes the shortest prefix',
    file: 'core/rating/rate-event.ts',
    find: 'Math.max(0, ...matching',
    replace: 'Math.min(99, ...matching',
    killer: rating('rate-event', 'the worked explanation says every step'),
  },
  {
    fault: 'each increment is rounded before they are summed up',
    file: 'core/rating/charge.ts',
    find: 'micros: divide(rawMicros, step, roundingOf(row.roundingMethod)) * step',
    replace:
      'micros: row.connectMicros + units * divide(row.priceMicros, step, roundingOf(row.roundingMethod)) * step',
    killer: rating('rate-event', 'charge: one second more is another increment'),
  },
  {
    fault: 'the upper bound of a tier belongs to the next',
    file: 'core/rating/period/price.ts',
    find: 'quantity <= upTo)',
    replace: 'quantity < upTo)',
    killer: rating('period/price', 'volume: the upper bound belongs to the tier'),
  },
  {
    fault: 'the minimum does not count what was billed before',
    file: 'core/rating/period/price.ts',
    find: 'netOf(line), billedBefore)',
    replace: 'netOf(line), 0n)',
    killer: rating('period/price', 'commitment: net of what was billed before'),
  },
  {
    fault: 'allowances go by the order of arrival',
    file: 'core/rating/period/account-period.ts',
    find: 'const covered = [...events].sort(inEventOrder).map',
    replace: 'const covered = [...events].map',
    killer: rating('period/account-period', 'at the same instant the id decides'),
  },
  {
    fault: 'the allowance of the highest priority number is used first',
    file: 'core/rating/period/account-period.ts',
    find: 'a.priority - b.priority',
    replace: 'b.priority - a.priority',
    killer: rating(
      'period/account-period',
      'of two allowances the one of the lower priority number is used first, then the other',
    ),
  },
  {
    fault: 'the column kernel leaves the bound of a tier out',
    file: 'core/rating/period/column-kernel.ts',
    find: 'from > (tierTo[tier] as number)',
    replace: 'from >= (tierTo[tier] as number)',
    killer: rating(
      'period/period.property',
      'the worked explanation, the SQL form and the column kernel agree on every session',
    ),
  },
  {
    fault: 'what rolls over stays a month longer',
    file: 'core/rating/period/roll-over.ts',
    find: '>= rolloverMonths',
    replace: '> rolloverMonths',
    killer: rating('period/bill-rules', 'roll-over: what is two months old lapses'),
  },
  {
    fault: 'tax is rounded on each line where the invoice says once',
    file: 'core/rating/period/tax.ts',
    find: "taxRounding.point === 'line' ? nets : [baseMicros]",
    replace: 'nets',
    killer: rating('period/bill-rules', 'tax is rounded once on the invoice'),
  },
  {
    fault: 'discounts of one group add up',
    file: 'core/rating/period/discount.ts',
    find: 'if (exclusionGroup !== null) taken.set',
    replace: 'if (exclusionGroup === null) taken.set',
    killer: rating('period/bill-rules', 'discounts: of an exclusion group only the best'),
  },
  {
    fault: 'a window holds in the instant of its end',
    file: 'core/rating/plan/segments.ts',
    find: 'second < window.toSecond',
    replace: 'second <= window.toSecond',
    killer: rating('plan/charge-session', 'of two windows the one that is heavier, ended at noon local time'),
  },
  {
    fault: 'the edge of a drift of money is beyond it',
    file: 'core/matching/rules/match.ts',
    find: 'compareDecimals(difference, allowed) <= 0',
    replace: 'compareDecimals(difference, allowed) < 0',
    killer: { file: 'core/matching/rules/match.test.ts', test: 'at the upper edge' },
  },
  {
    fault: 'duplicates come after the price in the order of attribution',
    file: 'core/controls/u08-exact-duplicate/control.ts',
    find: 'rank: 40,',
    replace: 'rank: 190,',
    killer: {
      file: 'core/reconcile/engine.test.ts',
      test: 'two controls share the gap: counted with the first',
    },
  },
  {
    fault: 'a record that was sent again is counted nowhere',
    file: 'core/reconcile/conservation.ts',
    find: 'duplicate: read - used',
    replace: 'duplicate: 0 * (read - used)',
    killer: {
      file: 'core/reconcile/engine.test.ts',
      test: 'usage records are read = first + further + duplicate',
    },
  },
];
