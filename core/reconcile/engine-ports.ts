import type { Lake } from '#core/ports/lake.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';

/** Version of the engine: part of every run id and manifest. Grows when results can change for the same input. */
export const ENGINE_VERSION = '1';

/** What the engine works with. */
export interface EnginePorts {
  readonly warehouse: Warehouse;
  readonly lake: Lake;
  readonly runs: RunStore;
  readonly readSql: ReadSql;
  /**
   * Whether sessions that are plainly right are settled in sums before single sessions are looked at. The result is
   * the same. Without it, large partitions are.
   */
  readonly settle?: 'always' | 'never';
}
