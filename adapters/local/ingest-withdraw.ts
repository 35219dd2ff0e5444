import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { Day } from '#core/domain/period.ts';
import { syncFile, syncFolder } from './atomic-file.ts';
import { DuckdbSession } from './duckdb-session.ts';
import { sha256OfFile } from './lake-batch.ts';
import type { CataloguedFile } from './lake-catalog.ts';
import { LakeWriter } from './lake-writer.ts';

export interface WithdrawRequest {
  readonly home: string;
  readonly dataset: DatasetName;
  /** Name of the source file, the `file_id` of its rows. */
  readonly name: string;
  /** Day that is written down beside it. */
  readonly onDay: Day;
}

export interface Withdrawal {
  /** Rows that no longer count. */
  readonly rows: number;
  /** Rejected records that no longer count; they stay in quarantine as evidence. */
  readonly quarantined: number;
}

/**
 * Takes an ingested file out of the lake, so that it, or its correction, can be ingested under the same name. Lake
 * files that hold its rows are written again without them. Its slot is open again, and what is in quarantine stays.
 * Runs that counted it keep their results. Throws UnknownName when there is no such file, UsageError for a reference
 * dataset, whose newest snapshot counts anyway, DataFolderInUse while the lake is written to.
 */
export async function withdrawFile({ home, dataset, name, onDay }: WithdrawRequest): Promise<Withdrawal> {
  if (DATASETS[dataset].kind === 'reference') {
    throw new PlumblineError('UsageError', {
      what: `${dataset} is a reference dataset, of which the newest snapshot counts`,
      next: 'ingest the right files; they take the place of all before them',
    });
  }
  const writer = await LakeWriter.open(home);
  const folder = join(home, 'lake');
  const session = await DuckdbSession.open({ memoryLimitMb: 256, threads: 1 });
  try {
    if (writer.catalog.source(dataset, name, '') === undefined) {
      throw new PlumblineError('UnknownName', {
        what: `No file "${name}" of ${dataset} was ingested`,
        next: 'name it as it stands in its feed folder, which is the file_id of its rows',
      });
    }
    const turn = writer.catalog.withdrawals(dataset) + 1;
    const replaced = new Map<string, CataloguedFile | undefined>();
    for (const file of writer.catalog.filesBeside(dataset, name)) {
      const without = await rewritten(session, folder, file, name, turn);
      if (without !== file) replaced.set(file.path, without);
    }
    const withdrawal = writer.catalog.withdraw(dataset, name, onDay, replaced);
    for (const path of replaced.keys()) await rm(join(folder, path), { force: true });
    return withdrawal;
  } finally {
    await session.close();
    await writer.close();
  }
}

/** The lake file without the source file's rows: the same where it has none of them, undefined where nothing is left. */
async function rewritten(
  session: DuckdbSession,
  folder: string,
  file: CataloguedFile,
  name: string,
  turn: number,
): Promise<CataloguedFile | undefined> {
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const source = `read_parquet(${text(join(folder, file.path))}, hive_partitioning = false)`;
  const time = DATASETS[file.dataset].partitionColumn ?? 'NULL';
  const [kept] = await session.query(
    `SELECT count(*)::INTEGER AS rows, min(${time}) AS min_time, max(${time}) AS max_time FROM ${source} WHERE file_id <> $name`,
    { name },
  );
  if (Number(kept?.rows) === file.rows) return file;
  if (Number(kept?.rows) === 0) return undefined;
  const path = file.path.replace(/(-w\d+)?\.parquet$/, `-w${turn}.parquet`);
  const place = join(folder, path);
  // In place but not registered: when this dies, the next writer sweeps it.
  const inOrder = source.replace('hive_partitioning', 'file_row_number = true, hive_partitioning');
  await session.run(
    `COPY (SELECT * EXCLUDE (file_row_number) FROM ${inOrder} WHERE file_id <> ${text(name)} ORDER BY file_row_number)
     TO ${text(place)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await syncFile(place);
  await syncFolder(join(place, '..'));
  return {
    ...file,
    path,
    rows: Number(kept?.rows),
    minTime: kept?.min_time === null ? null : String(kept?.min_time),
    maxTime: kept?.max_time === null ? null : String(kept?.max_time),
    sha256: await sha256OfFile(place),
  };
}
