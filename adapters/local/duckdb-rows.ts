import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBMaterializedResult,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { WarehouseRow } from '#core/ports/warehouse.ts';

type Cell = string | number | boolean | null;

/**
 * All rows of a result. DECIMAL and integers beyond 32 bits are exact strings; DATE is `2026-10-14`, every kind of
 * TIMESTAMP `2026-10-14T13:00:00.000Z` (more decimals where the value has them). Throws a TypeError on nested
 * columns, which a row of the port cannot hold.
 */
export async function rowsOf(result: DuckDBMaterializedResult): Promise<WarehouseRow[]> {
  const names = result.deduplicatedColumnNames();
  const rows: WarehouseRow[] = [];
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const columns = names.map((_, index) => {
      const typeId = result.columnTypeId(index);
      return chunk.getColumnValues(index).map((value) => cellOf(value, typeId));
    });
    for (let row = 0; row < chunk.rowCount; row += 1) {
      rows.push(Object.fromEntries(names.map((name, index) => [name, columns[index]?.[row] ?? null])));
    }
  }
  return rows;
}

function cellOf(value: DuckDBValue, typeId: DuckDBTypeId): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBDateValue) return value.toString();
  const micros = epochMicros(value);
  if (micros !== undefined) return isoInstant(micros);
  throw new TypeError(
    `A column of type ${DuckDBTypeId[typeId]} cannot be returned: cast it to VARCHAR in the query`,
  );
}

function epochMicros(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  return undefined;
}

function isoInstant(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((micros - rest) / 1000n)).toISOString();
  return rest === 0n ? text : `${text.slice(0, -1)}${rest.toString().padStart(3, '0')}Z`;
}
