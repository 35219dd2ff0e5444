import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';

/** How long one statement blocks this process while another one writes. Short: the event loop stands still. */
const BLOCK_MS = 100;
/** How long a transaction waits for its turn, in turns that let the event loop go on. */
const TURN_MS = 15_000;
const TURN_PAUSE_MS = 10;

/** Kysely's SQLite over Node's own `node:sqlite`, for a file that several processes share. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #file: string;

  constructor(file: string) {
    super({ database: async () => openDatabase(file) });
    this.#file = file;
  }

  override createDriver(): Driver {
    return new ImmediateDriver({ database: async () => openDatabase(this.#file) });
  }
}

/**
 * Takes the write lock when a transaction begins. A transaction that reads first and then writes would
 * otherwise fail at once when another process wrote in between, and no busy timeout helps there.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await whileBusy(() => connection.executeQuery(CompiledQuery.raw('begin immediate')));
  }
}

async function openDatabase(file: string): Promise<SqliteDatabase> {
  const database = new DatabaseSync(file, { timeout: BLOCK_MS });
  // A power cut must not lose an acknowledged decision: WAL with FULL flushes at every commit.
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) {
    await whileBusy(async () => database.exec(`PRAGMA ${pragma}`));
  }
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = database.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}

async function whileBusy<T>(attempt: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += BLOCK_MS + TURN_PAUSE_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || waited >= TURN_MS) throw error;
      await sleep(TURN_PAUSE_MS);
    }
  }
}

/** SQLITE_BUSY is 5; the extended codes carry it in the low byte. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && (code & 0xff) === 5;
}

/** Triggers of the store on SQLite. */
export const SQLITE_GUARDS: readonly string[] = [
  ...['events', 'proposals'].flatMap((table) => [forbid(table, 'UPDATE'), forbid(table, 'DELETE')]),
  forbid('decisions', 'UPDATE OF decision_id, case_id, proposal_hash, position, body'),
  forbid('decisions', 'DELETE'),
  // Also stops INSERT OR REPLACE, which deletes without firing a DELETE trigger.
  `CREATE TRIGGER events_follow BEFORE INSERT ON events
   WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM events)
     OR EXISTS (SELECT 1 FROM events WHERE hash = NEW.hash)
     OR EXISTS (SELECT 1 FROM events WHERE case_id = NEW.case_id AND dedupe_key = NEW.dedupe_key)
   BEGIN SELECT RAISE(ABORT, 'events are append-only'); END`,
  `CREATE TRIGGER decisions_once BEFORE INSERT ON decisions
   WHEN EXISTS (SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id OR proposal_hash = NEW.proposal_hash)
   BEGIN SELECT RAISE(ABORT, 'a proposal is decided once'); END`,
];

/** Triggers of the ledger of orders on SQLite. */
export const SQLITE_ORDER_GUARDS: readonly string[] = [
  ...['proposal_items', 'orders'].flatMap((table) => [forbid(table, 'UPDATE'), forbid(table, 'DELETE')]),
  `CREATE TRIGGER orders_once BEFORE INSERT ON orders
   WHEN EXISTS (SELECT 1 FROM orders WHERE item = NEW.item)
   BEGIN SELECT RAISE(ABORT, 'an item is ordered once'); END`,
];

function forbid(table: string, operation: string): string {
  const name = `${table}_no_${operation.split(' ')[0]?.toLowerCase()}`;
  return `CREATE TRIGGER ${name} BEFORE ${operation} ON ${table}
   BEGIN SELECT RAISE(ABORT, '${table} are append-only'); END`;
}
