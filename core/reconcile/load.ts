import { COLUMN_TYPES, DATASETS, type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

const NUL = String.fromCharCode(0);

/**
 * An expression that SQL reads as exactly this text. For short, few texts; many values from data are bound as parameters.
 * The engine takes SQL as a C string, which a NUL would end: it is put in by its number.
 */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return quoted.includes(NUL) ? `(${quoted.replaceAll(NUL, "' || chr(0) || '")})` : quoted;
}

/** SQL that reads Parquet files by their paths. */
export function parquetOf(paths: readonly string[]): string {
  return `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false, union_by_name = true)`;
}

/**
 * Creates the temporary table of a dataset from the files that are of it, with its declared columns and types and
 * the lineage. No file gives an empty table. `without` leaves
 * columns out, `where` selects rows.
 */
export async function loadDataset(
  session: WarehouseSession,
  lake: Lake,
  dataset: DatasetName,
  files: readonly LakeFile[],
  options: { readonly without?: readonly string[]; readonly where?: string } = {},
): Promise<void> {
  const declared = [...DATASETS[dataset].columns, ...LINEAGE_COLUMNS].filter(
    ({ name }) => options.without?.includes(name) !== true,
  );
  const own = files.filter((file) => file.dataset === dataset);
  if (own.length === 0) {
    const ddl = declared.map(({ name, type }) => `${name} ${COLUMN_TYPES[type]}`).join(', ');
    return session.run(`CREATE OR REPLACE TEMP TABLE ${dataset} (${ddl})`);
  }
  const paths = await Promise.all(own.map((file) => lake.localPath(file)));
  const columns = declared
    .map(({ name, type }) => `CAST(${name} AS ${COLUMN_TYPES[type]}) AS ${name}`)
    .join(', ');
  const where = options.where === undefined ? '' : ` WHERE ${options.where}`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${dataset} AS SELECT ${columns} FROM ${parquetOf(paths)}${where}`,
  );
}
