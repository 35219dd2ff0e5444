import type { SessionUse, Warehouse, WarehouseSession } from '#core/ports/warehouse.ts';
import { DuckdbSession, type SessionOptions } from './duckdb-session.ts';
import { SteadySession } from './steady-session.ts';

/** DuckDB in this process. Every `open` is a new database in memory with the given limits. */
export class LocalWarehouse implements Warehouse {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions = {}) {
    this.#options = options;
  }

  async open({ repeats = false }: SessionUse = {}): Promise<WarehouseSession> {
    if (!repeats) return DuckdbSession.open(this.#options);
    // Little data is not worth sharing out: a second thread costs a quarter more and saves nothing.
    return SteadySession.over(await DuckdbSession.open({ ...this.#options, threads: 1 }));
  }
}
