import {
  BIGINT,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';

const TYPES: Readonly<Record<string, DuckDBType>> = { INTEGER, BIGINT, VARCHAR };
const CHUNK_ROWS = 2048;

type Cell = number | bigint | string | null;

/** Opens an in-memory database with one thread, so that what it writes never depends on the machine. */
export async function openDatabase(): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '256MB',
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Text of a file name as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Rows for a table, gathered column by column and handed over in chunks. */
export class TableBuffer {
  private readonly connection: DuckDBConnection;
  private readonly table: string;
  private readonly types: readonly DuckDBType[];
  private columns: Cell[][];
  private length = 0;

  private constructor(connection: DuckDBConnection, table: string, types: readonly DuckDBType[]) {
    this.connection = connection;
    this.table = table;
    this.types = types;
    this.columns = types.map(() => []);
  }

  /** Creates the table. Columns are `name: INTEGER | BIGINT | VARCHAR`. */
  static async create(
    connection: DuckDBConnection,
    table: string,
    columns: Readonly<Record<string, 'INTEGER' | 'BIGINT' | 'VARCHAR'>>,
  ): Promise<TableBuffer> {
    const ddl = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
    await connection.run(`CREATE TABLE ${table} (${ddl.join(', ')})`);
    const types = Object.values(columns).map((type) => TYPES[type] ?? VARCHAR);
    return new TableBuffer(connection, table, types);
  }

  add(...row: readonly Cell[]): void {
    for (let i = 0; i < row.length; i++) this.columns[i]?.push(row[i] ?? null);
    this.length++;
  }

  /** Moves the gathered rows into the table. */
  async flush(): Promise<void> {
    if (this.length === 0) return;
    const appender = await this.connection.createAppender(this.table);
    for (let from = 0; from < this.length; from += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, this.length - from);
      const chunk = DuckDBDataChunk.create(this.types, rows);
      for (let i = 0; i < this.types.length; i++) {
        chunk.setColumnValues(i, this.columns[i]?.slice(from, from + rows) ?? []);
      }
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    this.columns = this.types.map(() => []);
    this.length = 0;
  }
}

/** Exact DECIMAL(18,6) of a column of millionths. */
export const decimalOf = (column: string): string =>
  `CAST(CAST(${column} AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6)) AS DECIMAL(18,6))`;
