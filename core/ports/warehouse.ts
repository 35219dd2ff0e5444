/** A row as the warehouse returns it: DECIMAL and BIGINT as exact strings, timestamps and dates as ISO text. */
export type WarehouseRow = Readonly<Record<string, string | number | boolean | null>>;

/** An analytical database session (DuckDB). Private to its opener: temporary tables are seen by nobody else. */
export interface WarehouseSession {
  /** Runs statements that return nothing. Throws the engine's error with the statement's first line in its message. */
  run(
    sql: string,
    parameters?: Readonly<Record<string, string | number | bigint | boolean | null>>,
  ): Promise<void>;
  /** Runs one query and returns all rows. Keep results small: aggregate in SQL. */
  query(
    sql: string,
    parameters?: Readonly<Record<string, string | number | bigint | boolean | null>>,
  ): Promise<WarehouseRow[]>;
  close(): Promise<void>;
}

/** What a session is for. */
export interface SessionUse {
  /** The same statements come again and again, each time with little data: their plans are worth keeping. */
  readonly repeats?: boolean;
}

/** Opens sessions with bounded memory, UTC, and no extension auto-install. */
export interface Warehouse {
  open(use?: SessionUse): Promise<WarehouseSession>;
}
