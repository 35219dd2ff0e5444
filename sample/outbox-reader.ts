import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A message as it stands in the outbox: an envelope with a payload, or the bare payload. */
export type DeskMessage = Readonly<Record<string, unknown>>;

/** One adjustment of an order, as the desk understands it. */
export interface Adjustment {
  readonly id: string;
  readonly subscriptionId: string;
  /** Decimal text, signed as on a bill: negative is a credit. */
  readonly amount: string;
  readonly correlationId?: string;
  readonly eventTime?: string;
  readonly periodFrom?: string;
  readonly periodTo?: string;
}

export interface AdjustmentOrder {
  readonly reference: string;
  readonly items: readonly Adjustment[];
}

/** Every `*.json` file below a folder, in order of path. Files that are not JSON objects are left out. */
export function readOutbox(folder: string): DeskMessage[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return readOutbox(path);
    if (!entry.name.endsWith('.json')) return [];
    const message = objectOf(parsed(readFileSync(path, 'utf8')));
    return message ? [message] : [];
  });
}

/**
 * The adjustments of a message, or undefined where it holds none. Read are: `idempotencyKey` (or `id`) of the envelope or
 * payload, and for each entry of `appliedCustomerBillingRate` (or `adjustments`) its `id`, `subscriptionId` (or
 * `product.id`, or `subscription.id`), `correlationId`, `eventTime` (or `date`), `periodFrom` and `periodTo` (or
 * `periodCoverage.startDateTime` and `.endDateTime`), all four also as `characteristic`, and the amount as `amount` or `taxExcludedAmount`: `{ unit, value }`
 * or `{ minor, asset }`.
 */
export function readAdjustments(message: DeskMessage): AdjustmentOrder | undefined {
  const payload = objectOf(message.payload) ?? message;
  const list = payload.appliedCustomerBillingRate ?? payload.adjustments;
  const reference = textOf(message.idempotencyKey) ?? textOf(payload.idempotencyKey) ?? textOf(payload.id);
  if (!Array.isArray(list) || !reference) return undefined;
  return { reference, items: list.flatMap((entry, i) => adjustmentOf(objectOf(entry), i)) };
}

function adjustmentOf(entry: DeskMessage | undefined, position: number): Adjustment[] {
  if (!entry) return [];
  const period = objectOf(entry.periodCoverage);
  const subscriptionId =
    textOf(entry.subscriptionId) ??
    textOf(objectOf(entry.product)?.id) ??
    textOf(objectOf(entry.subscription)?.id);
  const named = characteristicsOf(entry.characteristic);
  const correlationId = textOf(entry.correlationId) ?? named.get('correlationId');
  const eventTime = (textOf(entry.eventTime) ?? named.get('eventTime') ?? textOf(entry.date))?.replace(
    /Z$/,
    '',
  );
  const periodFrom = (
    textOf(entry.periodFrom) ??
    named.get('periodFrom') ??
    textOf(period?.startDateTime)
  )?.slice(0, 10);
  const periodTo = (textOf(entry.periodTo) ?? named.get('periodTo') ?? textOf(period?.endDateTime))?.slice(
    0,
    10,
  );
  return [
    {
      id: textOf(entry.id) ?? String(position),
      subscriptionId: subscriptionId ?? '',
      amount: amountOf(objectOf(entry.amount) ?? objectOf(entry.taxExcludedAmount)),
      ...(correlationId && { correlationId }),
      ...(eventTime && { eventTime }),
      ...(periodFrom && { periodFrom }),
      ...(periodTo && { periodTo }),
    },
  ];
}

/** TM Forum's list of `{ name, value }`: where an entry says what its own shape has no field for. */
function characteristicsOf(list: unknown): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const item of Array.isArray(list) ? list : []) {
    const { name, value } = objectOf(item) ?? {};
    if (typeof name === 'string' && typeof value === 'string' && value !== '') named.set(name, value);
  }
  return named;
}

/** `{ unit: 'EUR', value: '-1.23' }` or `{ minor: '-1230000', asset: 'EUR/6' }` as a decimal text; empty where it is neither. */
function amountOf(amount: DeskMessage | undefined): string {
  if (!amount) return '';
  const value = textOf(amount.value);
  if (value !== undefined) return (amount.unit ?? 'EUR') === 'EUR' ? value : '';
  const [, scale] = /^EUR\/(\d)$/.exec(textOf(amount.asset) ?? '') ?? [];
  const minor = textOf(amount.minor);
  if (scale === undefined || minor === undefined || !/^-?\d+$/.test(minor)) return '';
  const digits = minor.replace('-', '').padStart(Number(scale) + 1, '0');
  const whole = digits.slice(0, digits.length - Number(scale));
  const sign = minor.startsWith('-') ? '-' : '';
  return Number(scale) === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-Number(scale))}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): DeskMessage | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as DeskMessage)
    : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
