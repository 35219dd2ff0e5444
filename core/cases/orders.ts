import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf } from '#core/domain/hash.ts';
import { type Day, monthOf } from '#core/domain/period.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { CaseStore, ItemMention } from '#core/ports/case-store.ts';
import type { AdjustmentLine } from './adjustments.ts';

/** Where a violation stands, whatever run found it and for whatever period that run was. */
export interface ItemPlace {
  readonly grain: Grain;
  readonly key: string;
  readonly dt: Day;
}

/**
 * What an order is for: one key of one control on its day (a subscription: in its month). The period of the run, the
 * version of the rule and the symptom are left out, so that two runs over the same session mean the same item.
 */
export function itemOf(controlId: string, place: ItemPlace): string {
  return hashOf({ controlId, ...scoped(place) }).slice(0, 32);
}

/** What has one gap: a key on its day (month), over all controls. */
export function gapKeyOf(place: ItemPlace): string {
  return hashOf(scoped(place)).slice(0, 32);
}

function scoped({ grain, key, dt }: ItemPlace) {
  return { grain, key, scope: grain === 'subscription' ? monthOf(dt) : dt };
}

/** Why an item is not to be proposed (again), in words that the id of the other case follows. */
export type HeldReason = 'ordered' | 'awaited' | 'decided';

export interface Held {
  readonly reason: HeldReason;
  readonly caseId: string;
}

/**
 * Which items another case has: ordered, proposed and waiting for its decision, or (a case of the same finding, whose
 * successor this one is) decided one way or the other.
 */
export function heldBy(
  mentions: readonly ItemMention[],
  of: { readonly caseId: string | null; readonly findingId: string },
): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const mention of mentions) {
    if (mention.caseId === of.caseId) continue;
    const reason = reasonOf(mention, of.findingId);
    if (reason === undefined) continue;
    if (reason === 'ordered' || !held.has(mention.item)) {
      held.set(mention.item, { reason, caseId: mention.caseId });
    }
  }
  return held;
}

function reasonOf(mention: ItemMention, findingId: string): HeldReason | undefined {
  if (mention.ordered) return 'ordered';
  if (mention.decided && mention.findingId === findingId) return 'decided';
  return mention.awaited && mention.amount !== null ? 'awaited' : undefined;
}

/** Items that nobody has ordered and no case of this finding has had in a proposal: what is new since then. */
export function unknownItems(
  items: readonly string[],
  mentions: readonly ItemMention[],
  findingId: string,
): Set<string> {
  const unknown = new Set(items);
  for (const { item, ordered, findingId: of } of mentions) {
    if (ordered || of === findingId) unknown.delete(item);
  }
  return unknown;
}

/** Throws AlreadyOrdered unless every line is an order of exactly this proposal. Asked before anything is sent. */
export async function requireOrders(
  current: Case,
  proposalHash: string,
  lines: readonly AdjustmentLine[],
  store: CaseStore,
): Promise<void> {
  const own = new Set(await store.orderedItems(proposalHash));
  const missing = lines.find((line) => !own.has(itemOf(current.controlId, line)));
  if (!missing) return;
  throw new PlumblineError('AlreadyOrdered', {
    what: `Case ${current.caseId} does not hold the order of ${missing.key}`,
    where: `violation ${missing.violationId}`,
    why: 'an item is ordered by one case only, and this one did not claim it with its approval',
    next: `plumbline cases show ${current.caseId}`,
  });
}
