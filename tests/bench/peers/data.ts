/** The CSV that every program of this folder starts from: one file per dataset, `<folder>/<dataset>/<dataset>.csv`. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { writeData } from '../reconcile-data.ts';

const WRITTEN: readonly DatasetName[] = [
  'usage',
  'rated',
  'billed',
  'subscription',
  'catalog',
  'tariff',
  'zone',
];

/** Writes an operator of so many sessions of one day. */
export async function writeCsv(folder: string, sessions: number): Promise<void> {
  const parquet = join(folder, 'parquet');
  await writeData(parquet, { sessions, days: 1, buckets: 1, prepared: false }, () => {});
  const session = await DuckdbSession.open({ memoryLimitMb: 2000, threads: 2 });
  try {
    for (const name of WRITTEN) {
      mkdirSync(join(folder, name), { recursive: true });
      const columns = DATASETS[name].columns.map((column) => column.name).join(', ');
      await session.run(
        `COPY (SELECT ${columns} FROM read_parquet('${join(parquet, name, '**', '*.parquet')}', hive_partitioning = false))
         TO '${join(folder, name, `${name}_20261007.csv`)}' (FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ')`,
      );
    }
  } finally {
    await session.close();
    rmSync(parquet, { recursive: true, force: true });
  }
}

/** Path of the CSV of a dataset. */
export function csvOf(folder: string, name: DatasetName): string {
  return join(folder, name, `${name}_20261007.csv`);
}
