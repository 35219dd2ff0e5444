import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import { parseMoney } from '#core/domain/money.ts';
import { type Adjustment, type DeskMessage, readAdjustments, readOutbox } from './outbox-reader.ts';
import { decimalOf, literal, openDatabase, TableBuffer } from './tables.ts';

export const ADJUSTMENT_FEED = 'billed_adjustments';
const DECLARATION: FeedDeclaration = { dataset: 'billed', format: 'parquet', cadence: 'once', lagDays: 0 };

/** Day on which the desk posts, unless told otherwise: when the last items of the sample's month are in. */
const POSTING_DATE = '2026-11-04';

/** One adjustment in this many is refused, whatever it is: the account is disputed. */
const DISPUTED_ONE_IN = 50;

export const REFUSALS = [
  'unknown-subscription',
  'account-closed',
  'account-disputed',
  'amount-not-readable',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface DeskResult {
  /** Adjustments posted now. */
  readonly posted: number;
  /** Sum of what was posted, EUR, decimal text with six decimals. */
  readonly amount: string;
  readonly refused: readonly {
    readonly reference: string;
    readonly itemId: string;
    readonly reason: Refusal;
  }[];
  /** Messages whose idempotency key was posted before, and messages that hold no adjustments. */
  readonly repeated: readonly string[];
  readonly ignored: number;
  /** File written, or null where there was nothing to post. */
  readonly file: string | null;
}

export interface DeskOptions {
  /** Folder of the outbox (every `*.json` below it), or the messages themselves. */
  readonly outboxMessages: string | readonly DeskMessage[];
  /** Feeds of the sample; the adjustments become a feed beside them. */
  readonly feedsDir: string;
  /** `YYYY-MM-DD`. */
  readonly postingDate?: string;
}

/**
 * The billing department of the sample operator, an outside party: takes adjustment orders from the outbox and posts
 * them as billed items of charge type `adjustment` into the feed `billed_adjustments`. An order that was posted before is
 * not posted again. It refuses charges to accounts without a living subscription, and a few disputed accounts.
 */
export async function postAdjustments(options: DeskOptions): Promise<DeskResult> {
  const { outboxMessages, feedsDir, postingDate = POSTING_DATE } = options;
  const messages = typeof outboxMessages === 'string' ? readOutbox(outboxMessages) : outboxMessages;
  const folder = join(feedsDir, ADJUSTMENT_FEED);
  const { connection, close } = await openDatabase();
  try {
    const before = await referencesIn(connection, folder);
    const accounts = accountsOf(feedsDir, postingDate);
    const postings: Posting[] = [];
    const refused: { reference: string; itemId: string; reason: Refusal }[] = [];
    const repeated: string[] = [];
    let ignored = 0;
    for (const message of messages) {
      const order = readAdjustments(message);
      if (!order) ignored++;
      else if (before.has(order.reference)) repeated.push(order.reference);
      else {
        before.add(order.reference);
        for (const item of order.items) {
          const posting = decide(order.reference, item, accounts);
          if (typeof posting === 'string')
            refused.push({ reference: order.reference, itemId: item.id, reason: posting });
          else postings.push(posting);
        }
      }
    }
    const file =
      postings.length === 0 ? null : await write(connection, feedsDir, folder, postings, postingDate);
    const amount = postings.reduce((sum, p) => sum + p.amount, 0n);
    return { posted: postings.length, amount: text(amount), refused, repeated, ignored, file };
  } finally {
    close();
  }
}

interface Posting {
  readonly reference: string;
  readonly item: Adjustment;
  readonly accountId: string;
  readonly amount: bigint;
}

interface Account {
  readonly accountId: string;
  living: boolean;
}

function decide(
  reference: string,
  item: Adjustment,
  accounts: ReadonlyMap<string, Account>,
): Posting | Refusal {
  const account = accounts.get(item.subscriptionId);
  if (!account) return 'unknown-subscription';
  let amount: bigint;
  try {
    amount = parseMoney(item.amount, 'EUR/6').minor;
  } catch {
    return 'amount-not-readable';
  }
  if (amount > 0n && !account.living) return 'account-closed';
  const hash = createHash('sha256').update(`${account.accountId} disputed`).digest();
  if (hash.readUInt32BE(0) % DISPUTED_ONE_IN === 0) return 'account-disputed';
  return { reference, item, accountId: account.accountId, amount };
}

/** Account of every subscription, and whether any subscription of that account lives on the day. */
function accountsOf(feedsDir: string, day: string): ReadonlyMap<string, Account> {
  const [header = '', ...lines] = readFileSync(join(feedsDir, 'subscription', 'subscription.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const at = (name: string) => header.split(',').indexOf(name);
  const [subscription, account, to] = [at('subscription_id'), at('account_id'), at('valid_to')];
  const byAccount = new Map<string, Account>();
  const bySubscription = new Map<string, Account>();
  for (const line of lines) {
    const cells = line.split(',');
    const accountId = cells[account] ?? '';
    const entry = byAccount.get(accountId) ?? { accountId, living: false };
    const end = cells[to] ?? '';
    if (end === '' || end > day) entry.living = true;
    byAccount.set(accountId, entry);
    bySubscription.set(cells[subscription] ?? '', entry);
  }
  return bySubscription;
}

async function referencesIn(connection: DuckDBConnection, folder: string): Promise<Set<string>> {
  const files = existsSync(folder) ? readdirSync(folder).filter((n) => n.endsWith('.parquet')) : [];
  const references = new Set<string>();
  for (const name of files) {
    const sql = `SELECT DISTINCT reference FROM read_parquet(${literal(join(folder, name))})`;
    for (const [reference] of (await connection.runAndReadAll(sql)).getRows())
      references.add(String(reference));
  }
  return references;
}

/** Writes the postings under a name that follows from their content, whole or not at all. */
async function write(
  connection: DuckDBConnection,
  feedsDir: string,
  folder: string,
  postings: readonly Posting[],
  postingDate: string,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'feed.json'), `${JSON.stringify(DECLARATION, null, 2)}\n`);
  const table = await TableBuffer.create(connection, 'postings', {
    bill_item_id: 'VARCHAR',
    reference: 'VARCHAR',
    correlation_id: 'VARCHAR',
    subscription_id: 'VARCHAR',
    account_id: 'VARCHAR',
    given_time: 'VARCHAR',
    period_from: 'VARCHAR',
    period_to: 'VARCHAR',
    amount: 'BIGINT',
  });
  const digest = createHash('sha256');
  for (const { reference, item, accountId, amount } of postings) {
    const id = createHash('sha256').update(`${reference}\n${item.id}`).digest('hex').slice(0, 20);
    digest.update(`${id}\n`);
    const { correlationId = '', eventTime = '', periodFrom = '', periodTo = '' } = item;
    table.add(
      `J${id}`,
      reference,
      correlationId,
      item.subscriptionId,
      accountId,
      eventTime,
      periodFrom,
      periodTo,
      amount,
    );
  }
  await table.flush();
  await findSessions(connection, feedsDir);
  const name = `adjustments_${postingDate.replaceAll('-', '')}_${digest.digest('hex').slice(0, 12)}.parquet`;
  const unfinished = join(folder, `${name}.new`);
  // a session keeps its start, so that the adjustment meets it; anything else belongs to the first of its month
  await connection.run(`COPY (
    SELECT bill_item_id, 'adjustment' AS charge_type, nullif(p.correlation_id, '') AS correlation_id, subscription_id,
      account_id, s.service AS service,
      CAST(coalesce(s.start_time, TRY_CAST(nullif(given_time, '') AS TIMESTAMP),
        date_trunc('month', TRY_CAST(nullif(period_from, '') AS DATE)),
        date_trunc('month', DATE ${literal(postingDate)} - INTERVAL 1 MONTH)) AS TIMESTAMP_MS) AS event_time,
      DATE ${literal(postingDate)} AS posting_date, TRY_CAST(nullif(period_from, '') AS DATE) AS period_from,
      TRY_CAST(nullif(period_to, '') AS DATE) AS period_to, ${decimalOf('amount')} AS amount, 'EUR' AS currency, reference
    FROM postings p LEFT JOIN found s ON s.correlation_id = p.correlation_id ORDER BY bill_item_id)
    TO ${literal(unfinished)} (FORMAT parquet)`);
  renameSync(unfinished, join(folder, name));
  return join(folder, name);
}

/** Start and service of the sessions named: from billed and rated items, else from the usage files of the day. */
async function findSessions(connection: DuckDBConnection, feedsDir: string): Promise<void> {
  await connection.run(
    'CREATE TABLE found (correlation_id VARCHAR, service VARCHAR, start_time TIMESTAMP_MS)',
  );
  const missing = `(SELECT DISTINCT correlation_id FROM postings WHERE correlation_id <> ''
    AND correlation_id NOT IN (SELECT correlation_id FROM found))`;
  for (const [feed, column] of [
    ['billed', 'event_time'],
    ['rated', 'start_time'],
  ] as const) {
    const files = literal(join(feedsDir, feed, '*.parquet'));
    await connection.run(`INSERT INTO found SELECT correlation_id, any_value(service), min(${column})
      FROM read_parquet(${files}) WHERE correlation_id IN ${missing} GROUP BY correlation_id`);
  }
  const days = await connection.runAndReadAll(
    `SELECT DISTINCT left(correlation_id, 6) FROM ${missing} ORDER BY 1`,
  );
  for (const [day] of days.getRows()) {
    if (!readdirSync(join(feedsDir, 'usage')).some((n) => n.startsWith(`usage_20${day}_`))) continue;
    const files = literal(join(feedsDir, 'usage', `usage_20${day}_*.csv`));
    await connection.run(`INSERT INTO found SELECT correlation_id, any_value(service),
        min(CAST(replace(session_start, 'Z', '') AS TIMESTAMP))
      FROM read_csv(${files}, all_varchar = true, header = true, ignore_errors = true, auto_detect = false, delim = ',',
        columns = ${USAGE_COLUMNS}) WHERE correlation_id IN ${missing} GROUP BY correlation_id`);
  }
}

const USAGE_COLUMNS = `{${[
  'record_id',
  'correlation_id',
  'partial_sequence',
  'final_partial',
  'source',
  'service',
  'a_number',
  'b_number',
  'imsi',
  'visited_plmn',
  'cell',
  'start_time',
  'session_start',
  'quantity',
]
  .map((c) => `${c}: 'VARCHAR'`)
  .join(', ')}}`;

function text(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(7, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
