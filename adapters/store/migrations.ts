import { type Kysely, sql } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

/** Statements that differ between databases: triggers have no common language. */
export interface DialectStatements {
  /** Make `events` append-only and gapless, and what was proposed and decided unchangeable. */
  readonly guards: readonly string[];
  /** Make what was proposed and ordered item by item unchangeable. */
  readonly orderGuards: readonly string[];
}

/** The migrations of the store, in order of name. A migration that was released is never edited. */
export class StoreMigrations implements MigrationProvider {
  readonly #statements: DialectStatements;

  constructor(statements: DialectStatements) {
    this.#statements = statements;
  }

  async getMigrations(): Promise<Record<string, Migration>> {
    const { guards, orderGuards } = this.#statements;
    return {
      '2026-11-23-cases': {
        async up(db) {
          await createCases(db);
          await createAudit(db);
          await createDecisions(db);
          for (const statement of guards) await sql.raw(statement).execute(db);
        },
      },
      '2026-11-23-orders': {
        async up(db) {
          await createOrders(db);
          for (const statement of orderGuards) await sql.raw(statement).execute(db);
        },
      },
      '2026-11-23-successors': { up: allowSuccessors },
    };
  }
}

async function createCases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cases')
    .addColumn('case_id', 'text', (c) => c.primaryKey())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('finding_id', 'text', (c) => c.notNull().unique())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('control_id', 'text', (c) => c.notNull())
    .addColumn('period', 'text', (c) => c.notNull())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('resolution', 'text')
    .addColumn('owner', 'text')
    .addColumn('money', 'text', (c) => c.notNull())
    .addColumn('finding', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('case_runs')
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('case_runs_key', ['run_id', 'case_id'])
    .execute();
}

async function createAudit(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('sequence', 'integer', (c) => c.primaryKey())
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('case_version', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('data', 'text', (c) => c.notNull())
    .addColumn('previous_hash', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('dedupe_key', 'text')
    .addUniqueConstraint('events_dedupe', ['case_id', 'dedupe_key'])
    .execute();
  await db.schema
    .createTable('evidence')
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('evidence_id', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('tool', 'text', (c) => c.notNull())
    .addColumn('input', 'text', (c) => c.notNull())
    .addColumn('content', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('evidence_key', ['case_id', 'evidence_id'])
    .execute();
}

async function createDecisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('proposals')
    .addColumn('proposal_hash', 'text', (c) => c.primaryKey())
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addUniqueConstraint('proposals_position', ['case_id', 'position'])
    .execute();
  await db.schema
    .createTable('pending_decisions')
    .addColumn('case_id', 'text', (c) => c.primaryKey())
    .addColumn('proposal_hash', 'text', (c) => c.notNull())
    .addColumn('task_token', 'text', (c) => c.notNull())
    .addColumn('requested_at', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('decisions')
    .addColumn('decision_id', 'text', (c) => c.primaryKey())
    .addColumn('case_id', 'text', (c) => c.notNull())
    // One decision for one proposal, whoever races: the database refuses the second.
    .addColumn('proposal_hash', 'text', (c) => c.notNull().unique())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('task_token', 'text', (c) => c.notNull())
    .addColumn('delivered_at', 'text')
    .execute();
  await db.schema
    .createTable('effects')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('input', 'text', (c) => c.notNull())
    .addColumn('result', 'text')
    .addColumn('begun_at', 'text', (c) => c.notNull())
    .addColumn('completed_at', 'text')
    .execute();
  await db.schema
    .createTable('task_waits')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('task_token', 'text', (c) => c.notNull())
    .addColumn('saved_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('task_waits_key', ['kind', 'case_id'])
    .execute();
}

async function createOrders(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('proposal_items')
    .addColumn('proposal_hash', 'text', (c) => c.notNull())
    .addColumn('item', 'text', (c) => c.notNull())
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('gap_key', 'text', (c) => c.notNull())
    .addColumn('amount', 'text')
    .addColumn('gap', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('proposal_items_key', ['proposal_hash', 'item'])
    .execute();
  await db.schema.createIndex('proposal_items_item').on('proposal_items').column('item').execute();
  await db.schema
    .createTable('orders')
    // One order for one item, whichever runs found it and whoever races: the database refuses the second.
    .addColumn('item', 'text', (c) => c.primaryKey())
    .addColumn('proposal_hash', 'text', (c) => c.notNull())
    .addColumn('case_id', 'text', (c) => c.notNull())
    .addColumn('gap_key', 'text', (c) => c.notNull())
    .addColumn('amount', 'text', (c) => c.notNull())
    .addColumn('gap', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('orders_gap_key').on('orders').column('gap_key').execute();
  await db.schema.createIndex('orders_proposal').on('orders').column('proposal_hash').execute();
}

/** A finding may have several cases, one after the other. The table is built anew: not every database can drop UNIQUE. */
async function allowSuccessors(db: Kysely<unknown>): Promise<void> {
  const old = ['case_id', 'version', 'finding_id', 'run_id', 'control_id', 'period', 'title', 'status'];
  const rest = ['resolution', 'owner', 'money', 'finding', 'opened_at', 'updated_at'];
  const columns = sql.join([...old, ...rest].map((name) => sql.ref(name)));
  await db.schema
    .createTable('cases_next')
    .addColumn('case_id', 'text', (c) => c.primaryKey())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('finding_id', 'text', (c) => c.notNull())
    .addColumn('sequence', 'integer', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('control_id', 'text', (c) => c.notNull())
    .addColumn('period', 'text', (c) => c.notNull())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('resolution', 'text')
    .addColumn('owner', 'text')
    .addColumn('money', 'text', (c) => c.notNull())
    .addColumn('finding', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('cases_of_finding', ['finding_id', 'sequence'])
    .execute();
  await sql`INSERT INTO cases_next (${columns}, sequence) SELECT ${columns}, 1 FROM cases`.execute(db);
  await db.schema.dropTable('cases').execute();
  await db.schema.alterTable('cases_next').renameTo('cases').execute();
}
