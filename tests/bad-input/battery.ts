import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { type IngestRequest, ingestPath } from '#adapters/local/ingest.ts';
import type { IngestedFile } from '#adapters/local/ingest-summary.ts';
import { LakeCatalog } from '#adapters/local/lake-catalog.ts';
import type { ErrorName } from '#core/domain/errors.ts';
import { parseDay } from '#core/domain/period.ts';

/** What must become of a file: this many rows and these rejected records, or a refusal as a whole. */
export type Expected =
  | { readonly rows: number; readonly reasons?: Readonly<Record<string, number>> }
  | { readonly refused: ErrorName; readonly says: RegExp };

/** One row of a table: the condition, the file, what must become of it. */
export interface Case {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly expected: Expected;
  /** Ending of the file's name. */
  readonly ending?: string;
}

type Row = Readonly<Record<string, unknown>>;

/** What one ingest of all the files of a table left behind. */
export interface Outcome {
  readonly files: ReadonlyMap<string, IngestedFile>;
  /** Rows of the lake by their file. */
  rows(file: string): readonly Row[];
  /** Rejected records by their file. */
  quarantine(file: string): readonly Row[];
  readonly seconds: number;
}

/** Longest time that the files of a table may take together: none of them may hang for 5 seconds. */
export const MOST_SECONDS = 20;

/** Ingests files into a lake of their own, and reads back what stands in it. */
export async function ingestFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  request: Omit<IngestRequest, 'path' | 'home' | 'asOf'>,
): Promise<Outcome> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-bad-input-'));
  try {
    const path = join(root, 'feed');
    const home = join(root, 'home');
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), content);
    }
    const started = performance.now();
    const asOf = parseDay('2026-11-01');
    const summary = await ingestPath({ memoryLimitMb: 256, ...request, path, home, asOf });
    const seconds = (performance.now() - started) / 1000;
    const rows = await lakeRows(home, request.dataset ?? 'usage');
    const quarantine = await lakeRows(home, `quarantine/${request.dataset ?? 'usage'}`);
    return {
      files: new Map(summary.files.map((file) => [file.name, file])),
      rows: (file) => rows.filter((row) => row.file_id === file),
      quarantine: (file) => quarantine.filter((row) => row.file_id === file),
      seconds,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Rows of a dataset in a lake, in the order of their files; `quarantine/<dataset>` for rejected records. */
export async function lakeRows(home: string, dataset: string): Promise<readonly Row[]> {
  const catalog = LakeCatalog.open(home);
  const paths = [...catalog.registeredPaths()].filter((path) => path.startsWith(`${dataset}/`));
  catalog.close();
  if (paths.length === 0) return [];
  const session = await DuckdbSession.open({ memoryLimitMb: 512, threads: 1 });
  try {
    const list = paths.map((path) => `'${join(home, 'lake', path)}'`).join(', ');
    return await session.query(
      `SELECT * FROM read_parquet([${list}], hive_partitioning = false) ORDER BY file_id, byte_offset`,
    );
  } finally {
    await session.close();
  }
}

/**
 * Declares one test per case. All files are ingested in one run beside a good one, so each case also proves that the
 * others go on. Every row and rejected record is looked up in the lake, every offset in the file.
 */
export function battery(
  request: Omit<IngestRequest, 'path' | 'home' | 'asOf'>,
  good: { readonly name: string; readonly content: string | Uint8Array; readonly rows: number },
  cases: readonly Case[],
): void {
  const nameOf = (index: number) => `${String(index).padStart(3, '0')}.${cases[index]?.ending ?? 'csv'}`;
  let outcome: Outcome;
  beforeAll(async () => {
    const files = Object.fromEntries(cases.map(({ content }, index) => [nameOf(index), content]));
    outcome = await ingestFiles({ ...files, [good.name]: good.content }, request);
  }, 60_000);

  test.each(cases.map(({ name }, index) => [name, index] as const))('%s', (_name, index) => {
    const { content, expected } = cases[index] as Case;
    const file = nameOf(index);
    const found = outcome.files.get(file);
    if ('refused' in expected) {
      expect(found?.error?.message ?? found).toMatch(expected.says);
      expect(found).toMatchObject({ outcome: 'refused', rows: 0, error: { name: expected.refused } });
      expect(found?.error?.message).toMatch(/Next: /);
      expect(found?.error?.message).not.toMatch(/SELECT|read_parquet|LINE 1|\/tmp\//);
      expect([outcome.rows(file), outcome.quarantine(file)]).toEqual([[], []]);
      return;
    }
    const reasons = expected.reasons ?? {};
    expect(found?.error).toBeUndefined();
    expect({ rows: found?.rows, reasons: found?.reasons }).toEqual({ rows: expected.rows, reasons });
    expect(outcome.rows(file)).toHaveLength(expected.rows);
    const quarantine = outcome.quarantine(file);
    expect(counted(quarantine.map(({ reason }) => String(reason)))).toEqual(reasons);
    if (!file.endsWith('.parquet')) expectOffsets(Buffer.from(content), quarantine);
  });

  test('the good file beside them is in the lake, and nothing took long', () => {
    expect(outcome.rows(good.name)).toHaveLength(good.rows);
    expect(outcome.files.get(good.name)).toMatchObject({ outcome: 'ingested', quarantined: 0 });
    expect(outcome.files.size).toBe(cases.length + 1);
    expect(outcome.seconds).toBeLessThan(MOST_SECONDS);
  });
}

function counted(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** The text kept of a rejected record stands in the file at its offset. */
function expectOffsets(bytes: Buffer, quarantine: readonly Row[]): void {
  for (const { byte_offset: offset, raw } of quarantine) {
    // DuckDB's reader leaves out a byte order mark at the start of a text.
    const there = bytes
      .subarray(Number(offset), Number(offset) + 20_000)
      .toString('utf8')
      .replace(/^\ufeff/, '');
    expect(there.slice(0, String(raw).length)).toBe(raw);
  }
}
