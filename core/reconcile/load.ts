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

/** Names of the columns that Parquet files have, all of them together. */
export async function columnsOfParquet(
  session: WarehouseSession,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const rows = await session.query(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${parquetOf(paths)})`);
  return new Set(rows.map((row) => String(row.column_name)));
}

export interface LoadOptions {
  /** Columns that are left out. */
  readonly without?: readonly string[];
  /** What to read in place of the files: a view of them. */
  readonly from?: string;
  /** Selects rows. May name any column of the files. */
  readonly where?: string;
}

/**
 * Creates the temporary table of a dataset from the files that are of it, with its declared columns and types and
 * the lineage. No file gives an empty table; an optional column that the files lack is NULL.
 */
export async function loadDataset(
  session: WarehouseSession,
  lake: Lake,
  dataset: DatasetName,
  files: readonly LakeFile[],
  options: LoadOptions = {},
): Promise<void> {
  const own = files.filter((file) => file.dataset === dataset);
  const paths = await Promise.all(own.map((file) => lake.localPath(file)));
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${dataset} ${await rowsOfFiles(session, dataset, paths, options)}`,
  );
}

/** What defines the table of a dataset: its columns where there is no file, else a query over the files. */
export async function rowsOfFiles(
  session: WarehouseSession,
  dataset: DatasetName,
  paths: readonly string[],
  { without = [], from = parquetOf(paths), where }: LoadOptions = {},
): Promise<string> {
  const declared = [...DATASETS[dataset].columns, ...LINEAGE_COLUMNS].filter(
    ({ name }) => !without.includes(name),
  );
  if (paths.length === 0)
    return `(${declared.map(({ name, type }) => `${name} ${COLUMN_TYPES[type]}`).join(', ')})`;
  // Files from before a column was declared lack it.
  const there = declared.some(({ required }) => !required)
    ? await columnsOfParquet(session, paths)
    : new Set<string>();
  const columns = declared.map(({ name, type, required }) =>
    required || there.has(name)
      ? `CAST(${name} AS ${COLUMN_TYPES[type]}) AS ${name}`
      : `CAST(NULL AS ${COLUMN_TYPES[type]}) AS ${name}`,
  );
  return `AS SELECT ${columns.join(', ')} FROM ${from}${where === undefined ? '' : ` WHERE ${where}`}`;
}
