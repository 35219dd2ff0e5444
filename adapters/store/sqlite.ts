import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Clock } from '#core/ports/clock.ts';
import { KyselyCaseStore } from './kysely-case-store.ts';
import { StoreMigrations } from './migrations.ts';
import { NodeSqliteDialect, SQLITE_GUARDS, SQLITE_ORDER_GUARDS } from './sqlite-dialect.ts';
import type { StoreTables } from './tables.ts';

/** Opens the case store in a SQLite file, creates or migrates it, and may share it with other processes. */
export async function openSqliteCaseStore(options: {
  readonly file: string;
  readonly clock: Clock;
}): Promise<KyselyCaseStore> {
  await mkdir(dirname(options.file), { recursive: true });
  const db = new Kysely<StoreTables>({ dialect: new NodeSqliteDialect(options.file) });
  const provider = new StoreMigrations({ guards: SQLITE_GUARDS, orderGuards: SQLITE_ORDER_GUARDS });
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) {
    await db.destroy();
    throw error;
  }
  return new KyselyCaseStore(db, options.clock);
}
