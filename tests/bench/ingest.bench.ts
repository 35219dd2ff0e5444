import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { ingest } from '#apps/host/ingest.ts';
import { type Benchmark, cpuSecondsOf, type Measurement, median } from './benchmark.ts';

const REPEATS = 5;
const FILES = 24;
const RECORDS_PER_FILE = 25_000;
const HEADER =
  'record_id,correlation_id,partial_sequence,final_partial,source,service,a_number,b_number,imsi,visited_plmn,cell,start_time,session_start,quantity';

/** CSV to Parquet of the lake, with quarantine, lineage and a hash of each record, beside DuckDB's own reader. */
export const benchmark: Benchmark = {
  name: 'Ingest of CSV, 600,000 usage records',
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
    try {
      return await measure(folder, progress);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(folder: string, progress: (text: string) => void): Promise<Measurement[]> {
  mkdirSync(join(folder, 'usage'));
  const paths = Array.from({ length: FILES }, (_, hour) => writeHour(folder, hour));
  const ratios: number[] = [];
  const spent: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    progress(`${repeat + 1} of ${REPEATS}`);
    const baseline = await cpuSecondsOf(() => copyCsv(paths, join(folder, `baseline-${repeat}.parquet`)));
    const own = await cpuSecondsOf(() =>
      ingest({
        home: join(folder, `home-${repeat}`),
        path: join(folder, 'usage'),
        dataset: 'usage',
        keepData: false,
        onProgress: () => {},
      }),
    );
    ratios.push(own / baseline);
    spent.push(own);
  }
  const million = (FILES * RECORDS_PER_FILE) / 1e6;
  return [
    {
      work: 'ingest usage CSV with quarantine, lineage and hashes',
      baseline: "DuckDB's read_csv to Parquet of the same files, CPU",
      value: median(ratios),
      unit: '×',
      goal: '<= 3 ×',
    },
    {
      work: 'the same, per million records',
      baseline: null,
      value: median(spent) / million,
      unit: 'CPU s',
      goal: '–',
    },
  ];
}

/** One hour of usage; every 500th record has a negative quantity. */
function writeHour(folder: string, hour: number): string {
  const start = (index: number) =>
    new Date(
      Date.UTC(2026, 9, 14, hour) + Math.floor((index * 3600) / RECORDS_PER_FILE) * 1000,
    ).toISOString();
  const lines = Array.from({ length: RECORDS_PER_FILE }, (_, index) => {
    const id = hour * RECORDS_PER_FILE + index;
    const quantity = index % 500 === 7 ? -1 : (id * 31) % 600;
    const a = 436_640_000_000 + (id % 20_000);
    const b = 436_990_000_000 + ((id * 7) % 90_000);
    return `r${id},c${id},1,true,msc-${id % 4},voice,${a},${b},23201${a},,cell-${id % 900},${start(index)},${start(index)},${quantity}`;
  });
  const path = join(folder, 'usage', `usage_20261014_${String(hour).padStart(2, '0')}.csv`);
  writeFileSync(path, [HEADER, ...lines, ''].join('\n'));
  return path;
}

async function copyCsv(paths: readonly string[], to: string): Promise<void> {
  const session = await DuckdbSession.open();
  try {
    const files = paths.map((path) => `'${path}'`).join(', ');
    await session.run(
      `COPY (SELECT * FROM read_csv([${files}], all_varchar = true, header = true, ignore_errors = true, null_padding = true))
       TO '${to}' (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    await session.close();
  }
}
