import type { Kysely } from 'kysely';
import type { CaseEvent, CaseEventKind } from '#core/domain/case.ts';
import { canonicalJson, hashOf, type Json } from '#core/domain/hash.ts';
import { eventOf, type StoreTables } from './tables.ts';

/** What the first event follows. */
export const CHAIN_START = '0'.repeat(64);

export interface NewEvent {
  readonly caseId: string;
  readonly caseVersion: number;
  readonly kind: CaseEventKind;
  readonly at: string;
  readonly actor: string;
  readonly data: Json;
  readonly dedupeKey?: string | undefined;
}

/** Appends one event to the chain. The caller holds a transaction, so that nobody appends in between. */
export async function appendEvent(trx: Kysely<StoreTables>, event: NewEvent): Promise<void> {
  const last = await trx
    .selectFrom('events')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { dedupeKey, ...content } = event;
  const sequence = (last?.sequence ?? 0) + 1;
  const previousHash = last?.hash ?? CHAIN_START;
  await trx
    .insertInto('events')
    .values({
      sequence,
      case_id: event.caseId,
      case_version: event.caseVersion,
      kind: event.kind,
      at: event.at,
      actor: event.actor,
      data: canonicalJson(event.data),
      previous_hash: previousHash,
      hash: eventHash({ ...content, sequence, previousHash }),
      dedupe_key: dedupeKey ?? null,
    })
    .execute();
}

/** True when the case has an event under this key. */
export async function isRecorded(
  db: Kysely<StoreTables>,
  caseId: string,
  dedupeKey: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('events')
    .select('sequence')
    .where('case_id', '=', caseId)
    .where('dedupe_key', '=', dedupeKey)
    .executeTakeFirst();
  return row !== undefined;
}

/** The hash of an event: over all of it but the hash itself, the predecessor's hash included. */
function eventHash(event: Omit<CaseEvent, 'hash'>): string {
  const { sequence, caseId, caseVersion, kind, at, actor, data, previousHash } = event;
  return hashOf({ sequence, caseId, caseVersion, kind, at, actor, data, previousHash });
}

export interface ChainReport {
  readonly ok: boolean;
  readonly events: number;
  readonly head: string;
  readonly brokenAt?: number;
}

const PAGE = 1_000;

/**
 * Recomputes every hash from the stored text. A chain whose end was cut off still fits together, so each case's
 * version is also compared with its last event; beyond that, compare `head` with one that was exported earlier.
 */
export async function verifyChain(db: Kysely<StoreTables>): Promise<ChainReport> {
  const versions = new Map<string, number>();
  let head = CHAIN_START;
  let events = 0;
  for (;;) {
    const rows = await db
      .selectFrom('events')
      .selectAll()
      .where('sequence', '>', events)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    if (rows.length === 0) break;
    for (const row of rows) {
      const event = readEvent(row);
      const follows = event?.sequence === events + 1 && event.previousHash === head;
      if (!event || !follows || event.hash !== eventHash(event)) {
        return { ok: false, events, head, brokenAt: row.sequence };
      }
      head = event.hash;
      events = event.sequence;
      versions.set(event.caseId, event.caseVersion);
    }
  }
  const cases = await db.selectFrom('cases').select(['case_id', 'version']).execute();
  const complete = cases.every((row) => versions.get(row.case_id) === row.version);
  return complete ? { ok: true, events, head } : { ok: false, events, head, brokenAt: events + 1 };
}

function readEvent(row: Parameters<typeof eventOf>[0]): CaseEvent | undefined {
  try {
    return eventOf(row);
  } catch {
    // Text that is no JSON any more was not written by appendEvent.
    return undefined;
  }
}
