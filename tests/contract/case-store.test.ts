import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { KyselyCaseStore } from '#adapters/store/kysely-case-store.ts';
import { StoreMigrations } from '#adapters/store/migrations.ts';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { NodeSqliteDialect, SQLITE_GUARDS, SQLITE_ORDER_GUARDS } from '#adapters/store/sqlite-dialect.ts';
import { aFinding, TestClock } from '#tests/support/cases.ts';
import { caseStoreContract, type StoreUnderTest } from './case-store.ts';

async function sqliteUnderTest(): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-store-'));
  const file = join(folder, 'store.db');
  const clock = new TestClock();
  const opened: KyselyCaseStore[] = [];
  const open = async () => {
    const store = await openSqliteCaseStore({ file, clock });
    opened.push(store);
    return store;
  };
  const execute = async (statement: string) => {
    const database = new DatabaseSync(file);
    try {
      database.exec(statement);
    } finally {
      database.close();
    }
  };
  return {
    store: await open(),
    clock,
    open,
    execute,
    async dropGuards() {
      for (const trigger of ['events_no_update', 'events_no_delete'])
        await execute(`DROP TRIGGER ${trigger}`);
    },
    async dispose() {
      for (const store of opened) await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

caseStoreContract('SQLite', sqliteUnderTest);

describe('the SQLite file', () => {
  let under: StoreUnderTest;
  beforeEach(async () => {
    under = await sqliteUnderTest();
  });
  afterEach(() => under.dispose());

  test.each([
    [
      'REPLACE of an event',
      `INSERT OR REPLACE INTO events SELECT 1, case_id, case_version, kind, at, 'nobody',
       data, previous_hash, '${'d'.repeat(64)}', NULL FROM events WHERE sequence = 1`,
    ],
    [
      'an event out of order',
      `INSERT INTO events SELECT 9, case_id, case_version, kind, at, actor,
       data, previous_hash, '${'d'.repeat(64)}', NULL FROM events WHERE sequence = 1`,
    ],
  ])('%s is refused', async (_what, statement) => {
    await under.store.recordRefusal({ caseId: 'C-00000000', actor: 'anna', data: {} });
    await expect(under.execute(statement)).rejects.toThrow(/append-only/);
  });

  test('a file from before orders were kept is brought up to date with its cases', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-store-'));
    const file = join(folder, 'store.db');
    const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(file) });
    const provider = new StoreMigrations({ guards: SQLITE_GUARDS, orderGuards: SQLITE_ORDER_GUARDS });
    await new Migrator({ db, provider }).migrateTo('2026-11-23-cases');
    const money = JSON.stringify({ potential: aFinding().impact });
    await sql`INSERT INTO cases VALUES ('C-0a1b2c3d', 4, 'f-0a1b2c3d4e5f6071', 'run-1', 'R03', '2026-10', 'Title',
      'closed', 'expired', 'anna', ${money}, ${JSON.stringify(aFinding())}, 'then', 'later')`.execute(db);
    await db.destroy();
    const store = await openSqliteCaseStore({ file, clock: new TestClock() });
    expect(await store.findCase('C-0a1b2c3d')).toMatchObject({
      version: 4,
      status: 'closed',
      resolution: 'expired',
      owner: 'anna',
      money: { potential: { minor: '6150000' } },
      updatedAt: 'later',
    });
    const next = await store.openCase(aFinding({ runId: 'run-2' }), 'system', { successorOf: 'C-0a1b2c3d' });
    expect(next).toMatchObject({ change: 'opened', case: { caseId: 'C-0a1b2c3d-2' } });
    await store.close();
    await rm(folder, { recursive: true });
  });

  test('several connections that open a new file at once share it', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => under.open()));
    await Promise.all(stores.map((store) => store.beginEffect('k', 1)));
    const results = await Promise.all(stores.map((store) => store.beginEffect('k', 1)));
    expect(results.map((r) => r.first)).toEqual([false, false, false, false]);
  });
});
