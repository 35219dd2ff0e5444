import {
  BIGINT,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';

const TYPES: Readonly<Record<string, DuckDBType>> = { INTEGER, BIGINT, VARCHAR };
const CHUNK_ROWS = 2048;

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

/** Values of one column: numbers in typed arrays, which the garbage collector has nothing to do with. */
type ColumnValues = Int32Array | BigInt64Array | string[];

/** Rows for a table, gathered column by column and handed over in chunks. Numbers cannot be null. */
export class TableBuffer {
  private readonly connection: DuckDBConnection;
  private readonly table: string;
  private readonly types: readonly DuckDBType[];
  private columns: ColumnValues[];
  private length = 0;

  private constructor(connection: DuckDBConnection, table: string, types: readonly DuckDBType[]) {
    this.connection = connection;
    this.table = table;
    this.types = types;
    this.columns = types.map((type) => emptyColumn(type, CHUNK_ROWS));
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

  /** Adds a row: a number for INTEGER, a bigint for BIGINT, a text for VARCHAR. */
  add(...row: readonly (number | bigint | string)[]): void {
    const at = this.length++;
    for (let i = 0; i < row.length; i++) {
      let column = this.columns[i] ?? [];
      if (at >= column.length && !Array.isArray(column)) {
        column = grown(column);
        this.columns[i] = column;
      }
      (column as (number | bigint | string)[])[at] = row[i] ?? 0;
    }
  }

  /** Moves the gathered rows into the table. */
  async flush(): Promise<void> {
    if (this.length === 0) return;
    const appender = await this.connection.createAppender(this.table);
    for (let from = 0; from < this.length; from += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, this.length - from);
      const chunk = DuckDBDataChunk.create(this.types, rows);
      this.columns.forEach((column, i) => {
        const values = Array.isArray(column)
          ? column.slice(from, from + rows)
          : column.subarray(from, from + rows);
        chunk.setColumnValues(i, values as unknown as DuckDBValue[]);
      });
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    for (const column of this.columns) if (Array.isArray(column)) column.length = 0;
    this.length = 0;
  }
}

function emptyColumn(type: DuckDBType, length: number): ColumnValues {
  if (type === INTEGER) return new Int32Array(length);
  return type === BIGINT ? new BigInt64Array(length) : [];
}

function grown(column: Int32Array | BigInt64Array): Int32Array | BigInt64Array {
  if (column instanceof Int32Array) {
    const next = new Int32Array(column.length * 2);
    next.set(column);
    return next;
  }
  const next = new BigInt64Array(column.length * 2);
  next.set(column);
  return next;
}

/** Exact DECIMAL(18,6) of a column of millionths. */
export const decimalOf = (column: string): string =>
  `CAST(CAST(${column} AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6)) AS DECIMAL(18,6))`;
