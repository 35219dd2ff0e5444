import { type Kysely, sql } from 'kysely';
import type { Decision, Proposal } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { ItemMention, KeyOrder, ProposalItem } from '#core/ports/case-store.ts';
import type { StoreTables } from './tables.ts';

type Database = Kysely<StoreTables>;

/** Values per statement, well below what databases bind at once. */
const ITEMS_PER_STATEMENT = 1000;

/** Saves what a proposal says of each violation; the same again changes nothing. The caller holds a transaction. */
export async function saveItems(
  trx: Database,
  proposal: Proposal,
  items: readonly ProposalItem[],
): Promise<void> {
  const { proposalHash, caseId } = proposal;
  for (const part of parts(items)) {
    await trx
      .insertInto('proposal_items')
      .values(
        part.map(({ item, gapKey, amount, gap }) => ({
          proposal_hash: proposalHash,
          item,
          case_id: caseId,
          gap_key: gapKey,
          amount,
          gap,
        })),
      )
      .onConflict((conflict) => conflict.columns(['proposal_hash', 'item']).doNothing())
      .execute();
  }
}

/** Claims every item that an approved proposal orders; see the port. The caller holds a transaction. */
export async function claimOrders(trx: Database, decision: Decision): Promise<void> {
  const { proposalHash, caseId } = decision;
  const wanted = trx
    .selectFrom('proposal_items')
    .where('proposal_items.proposal_hash', '=', proposalHash)
    .where('proposal_items.amount', 'is not', null);
  const taken = await wanted
    .innerJoin('orders', 'orders.item', 'proposal_items.item')
    .select((of) => ['orders.case_id', of.fn.countAll<number>().as('count')])
    .groupBy('orders.case_id')
    .orderBy('orders.case_id')
    .executeTakeFirst();
  if (taken) throw alreadyOrdered(caseId, taken.case_id, Number(taken.count));
  const named = await wanted.select((of) => of.fn.countAll<number>().as('count')).executeTakeFirst();
  await requireCount(trx, decision, Number(named?.count ?? 0));
  const last = await trx
    .selectFrom('orders')
    .select((of) => of.fn.max('position').as('position'))
    .executeTakeFirst();
  await trx
    .insertInto('orders')
    .columns(['item', 'proposal_hash', 'case_id', 'gap_key', 'amount', 'gap', 'position'])
    .expression(
      wanted.select([
        'item',
        'proposal_hash',
        'case_id',
        'gap_key',
        sql<string>`amount`.as('amount'),
        'gap',
        sql<number>`${sql.lit(Number(last?.position ?? 0) + 1)}`.as('position'),
      ]),
    )
    .execute();
}

/** Where these items are mentioned, in proposals of all cases. */
export async function itemMentions(db: Database, items: readonly string[]): Promise<ItemMention[]> {
  const mentions: ItemMention[] = [];
  for (const part of parts(items)) {
    const rows = await db
      .selectFrom('proposal_items as p')
      .innerJoin('cases as c', 'c.case_id', 'p.case_id')
      .leftJoin('orders as o', (on) =>
        on.onRef('o.item', '=', 'p.item').onRef('o.proposal_hash', '=', 'p.proposal_hash'),
      )
      .leftJoin('decisions as d', 'd.proposal_hash', 'p.proposal_hash')
      .leftJoin('pending_decisions as w', 'w.proposal_hash', 'p.proposal_hash')
      .select(['p.item', 'p.case_id', 'c.finding_id', 'p.amount'])
      .select(['o.item as ordered', 'd.decision_id as decided', 'w.case_id as awaited'])
      .where('p.item', 'in', part)
      .orderBy('p.item')
      .orderBy('p.case_id')
      .execute();
    for (const row of rows) {
      mentions.push({
        item: row.item,
        caseId: row.case_id,
        findingId: row.finding_id,
        amount: row.amount,
        ordered: row.ordered !== null,
        decided: row.decided !== null,
        awaited: row.awaited !== null,
      });
    }
  }
  return mentions;
}

/** The items that a proposal holds. */
export async function orderedItems(db: Database, proposalHash: string): Promise<string[]> {
  const rows = await db
    .selectFrom('orders')
    .select('item')
    .where('proposal_hash', '=', proposalHash)
    .execute();
  return rows.map((row) => row.item);
}

/** All orders on these keys, first approved first. */
export async function ordersOnKeys(db: Database, gapKeys: readonly string[]): Promise<KeyOrder[]> {
  const orders: KeyOrder[] = [];
  for (const part of parts(gapKeys)) {
    const rows = await db
      .selectFrom('orders')
      .selectAll()
      .where('gap_key', 'in', part)
      .orderBy('gap_key')
      .orderBy('position')
      .execute();
    for (const row of rows) {
      const { case_id: caseId, proposal_hash: proposalHash, gap_key: gapKey, amount, gap } = row;
      orders.push({ caseId, proposalHash, gapKey, amount, gap });
    }
  }
  return orders;
}

/** A proposal whose items are not those that were shown, or that comes from before the ledger, orders nothing. */
async function requireCount(trx: Database, { caseId, proposalHash }: Decision, named: number): Promise<void> {
  const { body } = await trx
    .selectFrom('proposals')
    .select('body')
    .where('proposal_hash', '=', proposalHash)
    .executeTakeFirstOrThrow();
  const { count } = (JSON.parse(body) as Proposal).adjustments;
  if (named === count) return;
  throw new PlumblineError('ProposalMismatch', {
    what: `The proposal of case ${caseId} names ${named} items to order, not ${count}`,
    why: 'it was made before orders were kept, or it was changed',
    next: 'start the investigation again, so that a new proposal is made',
  });
}

function alreadyOrdered(caseId: string, holder: string, count: number): PlumblineError {
  return new PlumblineError('AlreadyOrdered', {
    what: `${count} items of case ${caseId} are already ordered in case ${holder}`,
    why: 'approving them again would charge or credit the customer twice',
    next: `plumbline cases show ${holder}; reject this proposal, or start its investigation again`,
  });
}

function* parts<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += ITEMS_PER_STATEMENT) yield all.slice(i, i + ITEMS_PER_STATEMENT);
}
