import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_RECORD_BYTES } from '#core/connectors/records.ts';
import { USAGE_HEADER, usageLine } from './usage-lines.ts';

const LONG = process.env.PLUMBLINE_LONG === '1';
const MB = 1 << 20;
/** Size of the one large file, number of files of the one large folder. Others by PLUMBLINE_SIZE_MB and _FILES. */
const FILE_BYTES = Number(process.env.PLUMBLINE_SIZE_MB ?? (LONG ? 10_000 : 24)) * MB;
const FILES = Number(process.env.PLUMBLINE_FILES ?? (LONG ? 1_000_000 : 2000));
const ROW_BYTES = (LONG ? 100 : 5) * MB;
const MOST_MB = 1024;

interface Measured {
  readonly rows: number;
  readonly quarantined: number;
  readonly ingested: number;
  readonly refused: number;
  readonly reasons: Record<string, number>;
  readonly errors: string[];
  readonly peakMb: number;
}

const root = mkdtempSync(join(tmpdir(), 'plumbline-size-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Ingests in a process of its own, so that its peak memory is its own. */
function measured(path: string, changes: object = {}): Measured {
  const script = fileURLToPath(new URL('measured-ingest.ts', import.meta.url));
  const home = mkdtempSync(join(root, 'home-'));
  const request = { path, home, dataset: 'usage', asOf: '2026-11-01', ...changes };
  const { stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(request)], {
    encoding: 'utf8',
  });
  rmSync(home, { recursive: true, force: true });
  if (stdout === '') throw new Error(stderr);
  if (LONG) process.stderr.write(`${stdout}\n`);
  return JSON.parse(stdout) as Measured;
}

/** Writes a usage file of that size; every 1000th record has a negative quantity. Returns its records. */
function writeUsage(path: string, size: number): { readonly rows: number; readonly bad: number } {
  const file = openSync(path, 'w');
  let written = writeSync(file, `${USAGE_HEADER}\n`);
  let records = 0;
  while (written < size) {
    const lines: string[] = [];
    for (let line = 0; line < 20_000; line += 1, records += 1) {
      const second = records % 86_400;
      const time = `${String(Math.floor(second / 3600)).padStart(2, '0')}:${String(Math.floor(second / 60) % 60).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`;
      lines.push(
        usageLine({
          id: `r${records}`,
          start: `2026-10-14T${time}Z`,
          quantity: records % 1000 === 7 ? '-1' : '60',
        }),
      );
    }
    written += writeSync(file, `${lines.join('\n')}\n`);
  }
  closeSync(file);
  return { rows: records - records / 1000, bad: records / 1000 };
}

const minutes = LONG ? 120 : 2;

test(
  'one large file is streamed: every record is a row or in quarantine, in bounded memory',
  () => {
    const path = join(root, 'large.csv');
    const { rows, bad } = writeUsage(path, FILE_BYTES);
    const done = measured(path);
    rmSync(path);
    expect(done).toMatchObject({
      ingested: 1,
      rows,
      quarantined: bad,
      reasons: { 'quantity: below 0': bad },
    });
    expect(done.peakMb).toBeLessThan(MOST_MB);
  },
  minutes * 60_000,
);

test(
  'a folder of very many files is taken file by file, in bounded memory',
  () => {
    const folder = join(root, 'many');
    for (let file = 0; file < FILES; file += 1) {
      const below = join(folder, String(file % 1000).padStart(3, '0'));
      if (file < 1000) mkdirSync(below, { recursive: true });
      writeFileSync(
        join(below, `u${file}.csv`),
        `${USAGE_HEADER}\n${usageLine({ id: `r${file}`, quantity: file % 500 === 0 ? '-1' : '1' })}\n`,
      );
    }
    const done = measured(folder);
    rmSync(folder, { recursive: true });
    expect(done).toMatchObject({
      ingested: FILES,
      refused: 0,
      rows: FILES - FILES / 500,
      quarantined: FILES / 500,
    });
    expect(done.peakMb).toBeLessThan(LONG ? 1536 : MOST_MB);
  },
  minutes * 60_000,
);

describe('one enormous record among good ones', () => {
  const good = (id: string) => usageLine({ id });
  const json = (id: string, cell = '') =>
    JSON.stringify({
      record_id: id,
      correlation_id: id,
      partial_sequence: 1,
      final_partial: true,
      source: 'm',
      service: 'voice',
      a_number: '1',
      start_time: '2026-10-14T13:00:00Z',
      session_start: '2026-10-14T13:00:00Z',
      quantity: 1,
      cell,
    });
  const long = 'x'.repeat(ROW_BYTES);
  test.each([
    ['a CSV line', 'a.csv', () => [USAGE_HEADER, good('a'), long, good('b'), ''].join('\n')],
    ['a quoted CSV field', 'a.csv', () => [USAGE_HEADER, good('a'), `"${long}"`, good('b'), ''].join('\n')],
    ['a JSON line', 'a.jsonl', () => [json('a'), json('long', long), json('b'), ''].join('\n')],
    ['an element of a JSON array', 'a.json', () => `[${json('a')},${json('long', long)},${json('b')}]`],
  ])(
    '%s',
    (_condition, name, content) => {
      const path = join(root, name);
      writeFileSync(path, content());
      const done = measured(path);
      rmSync(path);
      expect(done).toMatchObject({
        rows: 2,
        quarantined: 1,
        reasons: { [`longer than ${MAX_RECORD_BYTES} bytes`]: 1 },
      });
      expect(done.peakMb).toBeLessThan(MOST_MB);
    },
    minutes * 60_000,
  );
});
