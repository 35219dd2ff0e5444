import { PlumblineError } from '#core/domain/errors.ts';

/** How far quantities of a service may differ. The larger of the two drifts counts, inclusive. */
export interface ServiceTolerance {
  readonly service: string;
  /** In the unit of the service: seconds, messages, kilobytes. */
  readonly quantityDrift: number;
  /** Of the larger quantity, in parts per million: 10,000 is 1 %. */
  readonly quantityDriftPpm: number;
  /** True where the quantity is how long it took, so that an end follows from a start. */
  readonly quantityIsSeconds: boolean;
  /** True where a line can have one session at a time. Only looked at where quantities are seconds. */
  readonly oneAtATime: boolean;
}

/** What is near enough to match. A service that is not listed has no drift. */
export interface MatchTolerances {
  /** Starts may be so far apart. */
  readonly clockSkewMs: number;
  readonly services: readonly ServiceTolerance[];
  /** A partial may begin so long before or after the end of the one before. */
  readonly chainGapMs: number;
  /** Records that are summed up start within this time of the first. */
  readonly groupWindowMs: number;
  /** At most so many records are summed up. */
  readonly maxMembers: number;
  /** What the sum of a group is compared by; chains of partials always by quantity. */
  readonly groupBy: 'quantity' | 'amount' | 'quantity-and-amount';
  /** Of sums of amounts, in millionths of the currency unit. */
  readonly amountDriftMillionths: bigint;
  /** Of the larger sum, in parts per million. The larger of the two drifts counts. */
  readonly amountDriftPpm: number;
  /** Match last what has the same line, service and start, whatever the quantity: a quantity in dispute. */
  readonly disputedQuantity: boolean;
  /** So often mutual-best is repeated for a rule, before MatchingUnstable. */
  readonly maxRounds: number;
}

/** Two seconds of skew, a second or 1 % of voice, 1 % of data, partials at most two seconds apart. */
export const DEFAULT_TOLERANCES: MatchTolerances = {
  clockSkewMs: 2000,
  services: [
    {
      service: 'voice',
      quantityDrift: 1,
      quantityDriftPpm: 10_000,
      quantityIsSeconds: true,
      oneAtATime: true,
    },
    { service: 'sms', quantityDrift: 0, quantityDriftPpm: 0, quantityIsSeconds: false, oneAtATime: false },
    {
      service: 'data',
      quantityDrift: 1,
      quantityDriftPpm: 10_000,
      quantityIsSeconds: false,
      oneAtATime: false,
    },
  ],
  chainGapMs: 2000,
  groupWindowMs: 3_600_000,
  maxMembers: 64,
  groupBy: 'quantity',
  amountDriftMillionths: 0n,
  amountDriftPpm: 0,
  disputedQuantity: true,
  maxRounds: 1000,
};

/** Throws UsageError for tolerances that are negative or no whole numbers. */
export function checkTolerances(tolerances: MatchTolerances): void {
  const values: [string, number, number][] = [
    ['clockSkewMs', tolerances.clockSkewMs, 0],
    ['chainGapMs', tolerances.chainGapMs, 0],
    ['groupWindowMs', tolerances.groupWindowMs, 0],
    ['amountDriftPpm', tolerances.amountDriftPpm, 0],
    ['amountDriftMillionths', Number(tolerances.amountDriftMillionths), 0],
    ['maxMembers', tolerances.maxMembers, 2],
    ['maxRounds', tolerances.maxRounds, 1],
    ...tolerances.services.flatMap((service): [string, number, number][] => [
      [`quantityDrift of ${service.service}`, service.quantityDrift, 0],
      [`quantityDriftPpm of ${service.service}`, service.quantityDriftPpm, 0],
    ]),
  ];
  const wrong = values.find(([, value, least]) => !Number.isSafeInteger(value) || value < least);
  if (wrong === undefined) return;
  throw new PlumblineError('UsageError', {
    what: 'The tolerances of matching are not accepted',
    why: `${wrong[0]} is ${wrong[1]}, not a whole number of at least ${wrong[2]}`,
  });
}
