import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDay } from '#core/domain/period.ts';
import { DuckdbSession } from './duckdb-session.ts';
import { ingestPath } from './ingest.ts';
import { LakeCatalog } from './lake-catalog.ts';

const root = mkdtempSync(join(tmpdir(), 'plumbline-numbers-'));
let session: DuckdbSession;
beforeAll(async () => {
  session = await DuckdbSession.open({ memoryLimitMb: 256, threads: 1 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

/** Calling and called number as in the file; what the lake says of them, or why the record is in quarantine. */
const CALLS = [
  ['0660 1234567', '0664 7654321', '436601234567 436647654321 0664 7654321'],
  ['00436601234567', '+491701234567', '436601234567 491701234567 +491701234567'],
  ['436601234567', '436647654321', '436601234567 436647654321 -'],
  ['436601234567', '112', '436601234567 112 -'],
  ['436601234567', '', '436601234567 - -'],
  ['436601234567', '+999123', 'b_number: no country has this code'],
  ['0', '112', 'a_number: too short for a number'],
] as const;
const SELECT = CALLS.map(
  ([a, b], i) =>
    `SELECT 'r${i}' AS record_id, 'c${i}' AS correlation_id, 1::BIGINT AS partial_sequence, true AS final_partial, 'msc' AS source,
     'voice' AS service, '${a}' AS a_number, '${b}' AS b_number, TIMESTAMP '2026-10-14 12:00:00' AS start_time,
     TIMESTAMP '2026-10-14 12:00:00' AS session_start, 60::BIGINT AS quantity`,
).join(' UNION ALL ');

/** Ingests the calls as a feed in this format; returns what became of each, and of the file. */
async function ingested(format: 'csv' | 'parquet', name: string, numbers: object | undefined) {
  const path = join(root, name, 'usage');
  mkdirSync(path, { recursive: true });
  const feed = { dataset: 'usage', format, cadence: 'once', lagDays: 0, ...(numbers ? { numbers } : {}) };
  writeFileSync(join(path, 'feed.json'), JSON.stringify(feed));
  await session.run(`COPY (${SELECT}) TO '${join(path, `calls.${format}`)}' (FORMAT ${format})`);
  const home = join(root, name, 'home');
  const ingest = () => ingestPath({ path, home, asOf: parseDay('2026-11-01'), memoryLimitMb: 256 });
  const summary = await ingest();
  const catalog = LakeCatalog.open(home);
  const files = [...catalog.registeredPaths()].map((file) => ({
    file,
    sql: `'${join(home, 'lake', file)}'`,
  }));
  catalog.close();
  const of = (folder: string) =>
    files.filter(({ file }) => file.startsWith(`${folder}/`)).map(({ sql }) => sql);
  const rows = await session.query(
    `SELECT byte_offset, concat_ws(' ', a_number, coalesce(b_number, '-'), coalesce(b_number_dialled, '-')) AS outcome
     FROM read_parquet([${of('usage').join()}])`,
  );
  const rejected =
    of('quarantine/usage').length === 0
      ? []
      : await session.query(
          `SELECT byte_offset, reason AS outcome FROM read_parquet([${of('quarantine/usage').join()}])`,
        );
  const outcomes = [...rows, ...rejected].sort((x, y) => Number(x.byte_offset) - Number(y.byte_offset));
  return { summary, outcomes: outcomes.map(({ outcome }) => outcome), path, home, ingest };
}

test.each(['csv', 'parquet'] as const)(
  'numbers of a %s feed are normalised or its records quarantined',
  async (format) => {
    const { summary, outcomes } = await ingested(format, format, { country: 'AT' });
    expect(outcomes).toEqual(CALLS.map(([, , outcome]) => outcome));
    expect(summary).toMatchObject({ rows: 5, quarantined: 2 });
  },
);

test.each(['csv', 'parquet'] as const)(
  'without a plan the numbers of a %s feed stay as they are',
  async (format) => {
    const { outcomes } = await ingested(format, `plain-${format}`, undefined);
    expect(outcomes).toEqual(CALLS.map(([a, b]) => `${a} ${b || '-'} -`));
  },
);

test('a plan that is declared later would read the same file differently, which is said', async () => {
  const { path, ingest } = await ingested('csv', 'later', undefined);
  const feed = { dataset: 'usage', format: 'csv', cadence: 'once', lagDays: 0, numbers: { country: 'AT' } };
  writeFileSync(join(path, 'feed.json'), JSON.stringify(feed));
  const { files } = await ingest();
  expect(files).toEqual([
    expect.objectContaining({ outcome: 'refused', error: expect.objectContaining({ code: 'PL2008' }) }),
  ]);
});
