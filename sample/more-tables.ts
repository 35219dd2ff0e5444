import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decimalString, money } from '#core/domain/money.ts';

/** A cell: a text as it stands, a whole number, or an amount in millionths. */
export type Cell = string | number | bigint;

const HEADERS = {
  invoice_line:
    'line_id,invoice_id,account_id,subscription_id,kind,reference,reason,period_from,period_to,amount,currency,tax_code,foreign_amount,foreign_currency,invoiced_at',
  discount:
    'discount_id,name,offer_id,segment,charge_type,percent,fixed_amount,exclusion_group,priority,valid_from,valid_to',
  commitment: 'offer_id,minimum,maximum,floor_percent,currency,valid_from,valid_to',
  ledger_entry: 'entry_id,account_id,invoice_id,amount,currency,booked_at',
  order_event: 'order_id,subscription_id,account_id,kind,fee,currency,completed_at',
  tax_rate: 'tax_code,jurisdiction,percent,rounding_decimals,valid_from,valid_to',
  fx_rate: 'rate_date,from_currency,to_currency,rate,rounding_decimals',
  network_service: 'imsi,service,active_from,active_to',
  entitlement: 'offer_id,service,monthly_price,included,currency',
  suspense: 'record_id,correlation_id,source,service,start_time,quantity,state,reason,since,attempts',
  filter_rule: 'rule,service,billable,valid_from,valid_to',
  balance_movement: 'movement_id,subscription_id,account_id,kind,correlation_id,moved_at,amount,currency',
} as const;
export type MoreFeed = keyof typeof HEADERS;

/** Rows by feed. */
export type Tables = { readonly [feed in MoreFeed]: Cell[][] };

/** Tables without rows. */
export const TABLES = (): Tables =>
  Object.fromEntries(Object.keys(HEADERS).map((feed) => [feed, []])) as unknown as Tables;

/** Which feeds the control of a family reads beside those of every sample. */
export const FEEDS_OF: Readonly<Record<string, readonly MoreFeed[]>> = {
  R07: ['invoice_line', 'discount'],
  R08: ['invoice_line', 'discount'],
  R10: ['invoice_line', 'order_event'],
  R11: ['invoice_line', 'commitment', 'discount'],
  R13: ['invoice_line', 'ledger_entry'],
  R14: ['invoice_line', 'tax_rate'],
  R15: ['invoice_line', 'fx_rate'],
  R16: ['invoice_line'],
  P03: ['network_service', 'entitlement'],
  U12: ['suspense'],
  U13: ['suspense', 'filter_rule'],
  U18: ['balance_movement'],
};

/** Writes the feeds as delimited text that is delivered once, each with its declaration. */
export function writeMoreFeeds(feedsDir: string, feeds: ReadonlySet<MoreFeed>, tables: Tables): void {
  for (const feed of [...feeds].sort()) {
    const folder = join(feedsDir, feed);
    mkdirSync(folder, { recursive: true });
    const declaration = { dataset: feed, format: 'csv', mapping: 'canonical', cadence: 'once', lagDays: 0 };
    writeFileSync(join(folder, 'feed.json'), `${JSON.stringify(declaration, null, 2)}\n`);
    const rows = tables[feed].map((row) => row.map(text).join(','));
    writeFileSync(join(folder, `${feed}.csv`), `${[HEADERS[feed], ...rows].join('\n')}\n`);
  }
}

const text = (cell: Cell): string =>
  typeof cell === 'bigint' ? decimalString(money(cell, 'EUR/6')) : String(cell);
