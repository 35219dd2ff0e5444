import type { Kysely } from 'kysely';
import { PlumblineError } from '#core/domain/errors.ts';
import { canonicalJson, type Json } from '#core/domain/hash.ts';
import type { StoreTables } from './tables.ts';

type Database = Kysely<StoreTables>;

/** Records the intent; see the port. The caller holds a transaction. */
export async function beginEffect(
  trx: Database,
  key: string,
  input: Json,
  at: string,
): Promise<{ first: boolean; result: Json | null }> {
  const text = canonicalJson(input);
  const known = await trx.selectFrom('effects').selectAll().where('key', '=', key).executeTakeFirst();
  if (!known) {
    await trx.insertInto('effects').values({ key, input: text, begun_at: at }).execute();
    return { first: true, result: null };
  }
  if (known.input !== text) throw inDoubt(key, 'it was begun with another input');
  return { first: false, result: known.result === null ? null : (JSON.parse(known.result) as Json) };
}

/** Records the result. The same result again changes nothing; another one is refused. */
export async function completeEffect(trx: Database, key: string, result: Json, at: string): Promise<void> {
  const text = canonicalJson(result);
  const known = await trx.selectFrom('effects').selectAll().where('key', '=', key).executeTakeFirst();
  if (!known) throw inDoubt(key, 'it was never begun');
  if (known.result === text) return;
  if (known.result !== null) throw inDoubt(key, 'it ended before, with another result');
  await trx.updateTable('effects').set({ result: text, completed_at: at }).where('key', '=', key).execute();
}

function inDoubt(key: string, why: string): PlumblineError {
  return new PlumblineError('EffectInDoubt', {
    what: `Effect ${key} cannot go on`,
    why,
    next: 'compare the outbox with the case before anything is sent again',
  });
}
