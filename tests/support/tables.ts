import { COLUMN_TYPES, DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

/** A row of a test table: columns by name; a column left out is NULL. */
export type TestRow = Readonly<Record<string, string | number | bigint | boolean | null | undefined>>;

/** Makes an empty or filled table with the columns of a dataset, lineage included. */
export async function createDataset(
  session: WarehouseSession,
  dataset: DatasetName,
  rows: readonly TestRow[] = [],
): Promise<void> {
  const columns = [
    ...DATASETS[dataset].columns.map((c) => [c.name, COLUMN_TYPES[c.type]] as const),
    ...LINEAGE,
  ];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${dataset} (${columns.map(([name, type]) => `${name} ${type}`).join(', ')})`,
  );
  for (let i = 0; i < rows.length; i += 500) {
    const values = rows
      .slice(i, i + 500)
      .map(
        (row, n) =>
          `(${columns.map(([name]) => literal(row[name] ?? lineage(dataset, name, i + n))).join(', ')})`,
      );
    await session.run(`INSERT INTO ${dataset} VALUES ${values.join(', ')}`);
  }
}

const LINEAGE = [
  ['file_id', 'VARCHAR'],
  ['byte_offset', 'BIGINT'],
  ['row_hash', 'VARCHAR'],
] as const;

function lineage(dataset: DatasetName, column: string, index: number): string | number | null {
  if (column === 'file_id') return `${dataset}.csv`;
  if (column === 'byte_offset') return index;
  return column === 'row_hash' ? `hash-${dataset}-${index}` : null;
}

function literal(value: TestRow[string]): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
