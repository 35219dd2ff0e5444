import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { decimalString, money } from '#core/domain/money.ts';
import {
  type BillingMonth,
  BillingPlay,
  CREDITS_WRONG_FROM,
  INVOICED_AT,
  ORDERS_LOST_FROM,
} from './billing-month.ts';
import { DAY_MS, HOUR_MS, instantText } from './calendar.ts';
import type { Draft } from './change-log.ts';
import type { FaultRecord } from './fault.ts';
import type { Lookalike } from './lookalikes.ts';
import { MORE_FAMILIES, type MoreFamily, type MoreFamilyFacts } from './more-families.ts';
import { FEEDS_OF, type MoreFeed, TABLES, writeMoreFeeds } from './more-tables.ts';
import type { Operator } from './operator.ts';
import { stream } from './random.ts';
import { ASIDE_FROM, balances, recordsAside } from './records-aside.ts';
import type { Truth } from './truth.ts';

/** What the families that were asked for add to a sample. */
export interface MoreResult {
  readonly records: readonly Omit<FaultRecord, 'changeId'>[];
  readonly lookalikes: readonly Lookalike[];
  /** Entries of the change log: guilty ones with their fault, innocent ones without. */
  readonly changes: readonly Draft[];
}

/** When each family's fault begins, in milliseconds since 1970. Invoices are all made at once. */
const ONSETS: Readonly<Partial<Record<MoreFamily, number>>> = {
  'one-off-fee-lost': ORDERS_LOST_FROM * DAY_MS,
  'credit-without-approval': CREDITS_WRONG_FROM * DAY_MS,
  'suspense-forgotten': ASIDE_FROM.U12 * DAY_MS,
  'filter-too-wide': ASIDE_FROM.U13 * DAY_MS,
  'balance-undercharged': ASIDE_FROM.U18 * DAY_MS,
};
const END = Date.parse('2026-10-31T23:59:59Z');

/** Of three faults two have an entry in the change log. */
const LOGGED = 2 / 3;

/**
 * Adds the feeds of more families, with their faults and look-alikes, to feeds that are written. Nothing that the default
 * sample writes changes but the change log, which gains their entries.
 */
export async function addMoreFaults(
  operator: Operator,
  families: readonly MoreFamily[],
  feedsDir: string,
  truth: Truth,
  connection: DuckDBConnection,
): Promise<MoreResult> {
  const on = new Set(families);
  const feeds = new Set(families.flatMap((family) => FEEDS_OF[MORE_FAMILIES[family].control] ?? []));
  const months = await played(operator, on, feeds, feedsDir, connection);
  const tables = TABLES();
  for (const month of months) {
    for (const [feed, rows] of Object.entries(month.tables)) {
      for (const row of rows) tables[feed as MoreFeed].push(row);
    }
  }
  writeMoreFeeds(feedsDir, feeds, tables);
  const random = stream(operator.parameters.seed, 'more faults');
  const records: Omit<FaultRecord, 'changeId'>[] = [];
  const lookalikes: Lookalike[] = [];
  const changes: Draft[] = [];
  for (const family of [...on].sort()) {
    const facts: MoreFamilyFacts = MORE_FAMILIES[family];
    const labels = months.flatMap((month) => month.labels.get(family) ?? []);
    const innocent = months.flatMap((month) => month.innocent.get(family) ?? []);
    const onset = ONSETS[family] ?? INVOICED_AT;
    // What shows on invoices was changed a day or two before they were made.
    const before =
      ONSETS[family] === undefined ? 20 * HOUR_MS + random.below(24 * HOUR_MS) : random.below(HOUR_MS / 2);
    const faultId = `M-${family}`;
    const isLogged = random.chance(LOGGED);
    if (labels.length > 0) {
      records.push(recordOf(faultId, family, facts, onset, labels));
      for (const { key, amount } of labels) truth.labelBeside(faultId, family, key, amount);
      if (isLogged) changes.push({ at: onset - before, faultId, ...facts.change });
    }
    changes.push({ at: onset - before - random.below(4 * HOUR_MS), faultId: null, ...facts.innocent });
    if (innocent.length === 0) continue;
    const lookalike = lookalikeOf(facts, lookalikes.length, operator.firstDay * DAY_MS);
    lookalikes.push(lookalike);
    for (const key of innocent) truth.innocent(lookalike, 'check', key);
  }
  return { records, lookalikes, changes };
}

async function played(
  operator: Operator,
  on: ReadonlySet<MoreFamily>,
  feeds: ReadonlySet<MoreFeed>,
  feedsDir: string,
  connection: DuckDBConnection,
): Promise<BillingMonth[]> {
  const months = [new BillingPlay(operator.parameters.seed, on).play(operator.population)];
  if (feeds.has('suspense')) months.push(recordsAside(operator, on));
  if (feeds.has('balance_movement')) {
    const [rated, billed] = [join(feedsDir, 'rated'), join(feedsDir, 'billed')];
    months.push(await balances(connection, rated, billed, operator, on));
  }
  return months;
}

function recordOf(
  faultId: string,
  family: MoreFamily,
  facts: MoreFamilyFacts,
  onset: number,
  labels: readonly { readonly amount: bigint }[],
): Omit<FaultRecord, 'changeId'> {
  const amount = labels.reduce((sum, label) => sum + label.amount, 0n);
  return {
    faultId,
    family,
    control: facts.control,
    direction: amount < 0n ? 'over' : facts.direction,
    segment: facts.segment,
    onset: instantText(onset),
    end: instantText(onset === INVOICED_AT ? INVOICED_AT : END),
    intermittent: false,
    compoundWith: null,
    records: labels.length,
    amount: decimalString(money(amount, 'EUR/6')),
    rootCause: facts.rootCause,
    remedies: facts.remedies,
  };
}

function lookalikeOf(facts: MoreFamilyFacts, position: number, from: number): Lookalike {
  return {
    id: `BM${String(position + 1).padStart(2, '0')}`,
    kind: facts.lookalike,
    from,
    to: END,
    subject: facts.control,
    why: LOOKALIKE_WORDS[facts.lookalike] ?? '',
  };
}

const LOOKALIKE_WORDS: Readonly<Record<string, string>> = {
  'reversed-discount': 'A discount and its reversal stand on the same invoice: nothing is taken off.',
  'single-discount': 'The discount that is due of its group, alone.',
  'waived-fee': 'The fee was waived, or its invoice is not due yet.',
  'minimum-reached': 'Usage and fee reach the minimum without a line for the difference.',
  'late-booking': 'Invoiced at the end of the month, and booked when the ledger catches up.',
  'tax-rounding': 'Tax of the whole invoice, rounded once.',
  'converted-line': 'Converted with the rate of its day.',
  'approved-credit': 'A credit with its approval.',
  'service-sold': 'A service that the offer includes.',
  'released-suspense': 'Put aside and sent in again the same day.',
  'filtered-on-purpose': 'Dropped by a rule for records that cost nothing.',
  'balance-refund': 'The balance moved by what the sessions cost.',
};
