import type { Warehouse, WarehouseSession } from '#core/ports/warehouse.ts';
import { DuckdbSession, type SessionOptions } from './duckdb-session.ts';

/** DuckDB in this process. Every `open` is a new database in memory with the given limits. */
export class LocalWarehouse implements Warehouse {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions = {}) {
    this.#options = options;
  }

  open(): Promise<WarehouseSession> {
    return DuckdbSession.open(this.#options);
  }
}
