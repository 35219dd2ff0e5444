import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BIGINT,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { rowsOf } from './duckdb-rows.ts';

/** Limits of one session. Each session is a database instance of its own, so these hold per session. */
export interface SessionOptions {
  /** DuckDB's `memory_limit` in MB: what it may hold before it spills. Not a cap on the process. Default 1024. */
  readonly memoryLimitMb?: number;
  /** Worker threads. Default 2. */
  readonly threads?: number;
  /** Folder under which the session makes its private spill folder. Default: the system's temporary folder. */
  readonly tempRoot?: string;
}

/** Values by the names of parameters. */
export type Parameters = Readonly<Record<string, string | number | bigint | boolean | null>>;

/**
 * One private DuckDB database in memory. Private to the instance, not only to the connection: a plain
 * `CREATE TABLE` or `SET` of one session is never seen by another.
 */
export class DuckdbSession implements WarehouseSession {
  readonly connection: DuckDBConnection;
  /** Spill folder; also the place for files that live no longer than the session. */
  readonly tempFolder: string;
  readonly #instance: DuckDBInstance;
  #closed = false;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, tempFolder: string) {
    this.#instance = instance;
    this.connection = connection;
    this.tempFolder = tempFolder;
  }

  static async open(options: SessionOptions = {}): Promise<DuckdbSession> {
    const tempFolder = await mkdtemp(join(options.tempRoot ?? tmpdir(), 'plumbline-duckdb-'));
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${options.memoryLimitMb ?? 1024}MB`,
      threads: String(options.threads ?? 2),
      temp_directory: tempFolder,
      // Nothing is fetched from the internet at run time: parquet, json and icu are in the binary.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const session = new DuckdbSession(instance, connection, tempFolder);
    await session.run("SET TimeZone = 'UTC'");
    return session;
  }

  async run(sql: string, parameters: Parameters = {}): Promise<void> {
    await this.#lastResult(sql, parameters);
  }

  async query(sql: string, parameters: Parameters = {}): Promise<WarehouseRow[]> {
    const result = await this.#lastResult(sql, parameters);
    return result === undefined ? [] : rowsOf(result);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.connection.closeSync();
    this.#instance.closeSync();
    await rm(this.tempFolder, { recursive: true, force: true });
  }

  /** Runs all statements of the text in order and returns the result of the last one. */
  async #lastResult(sql: string, parameters: Parameters) {
    try {
      const statements = await this.connection.extractStatements(sql);
      for (let index = 0; index < statements.count; index += 1) {
        const statement = await statements.prepare(index);
        try {
          bindNamed(statement, parameters);
          const result = await statement.run();
          if (index === statements.count - 1) return result;
        } finally {
          statement.destroySync();
        }
      }
      return undefined;
    } catch (error) {
      throw statementError(error, sql);
    }
  }
}

/**
 * Binds the parameters that this statement names. A script may use a parameter in only some of its statements.
 * Whole numbers become BIGINT, never DOUBLE; a parameter that the statement names and the caller lacks is an error.
 */
function bindNamed(statement: DuckDBPreparedStatement, parameters: Parameters): void {
  for (let index = 1; index <= statement.parameterCount; index += 1) {
    const name = statement.parameterName(index);
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`Parameter $${name} has no value`);
    if (value === null) statement.bindNull(index);
    else if (typeof value === 'boolean') statement.bindBoolean(index, value);
    else if (typeof value === 'string') statement.bindVarchar(index, value);
    else if (typeof value === 'bigint') bindWhole(statement, index, value);
    else if (Number.isSafeInteger(value)) bindWhole(statement, index, BigInt(value));
    else statement.bindDouble(index, value);
  }
}

function bindWhole(statement: DuckDBPreparedStatement, index: number, value: bigint): void {
  if (value >= BIGINT.min && value <= BIGINT.max) statement.bindBigInt(index, value);
  else statement.bindHugeInt(index, value);
}

/** The engine's error with the first line of the statement that failed. */
export function statementError(error: unknown, sql: string): Error {
  return new Error(`${messageOf(error)} [in: ${firstLine(sql)}]`, { cause: error });
}

function firstLine(sql: string): string {
  return (
    sql
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '' && !line.startsWith('--')) ?? ''
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
