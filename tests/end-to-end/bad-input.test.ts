import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROLS } from '#core/controls/registry.ts';
import { plumbline, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const sample = join(folder.path, 'sample');

beforeAll(async () => {
  const made = await plumbline(
    folder.path,
    'generate',
    '--out',
    sample,
    '--seed',
    '5',
    '--subscribers',
    '200',
    '--days',
    '3',
  );
  expect(made.code).toBe(0);
}, 60_000);
afterAll(() => folder.remove());

const HEADER =
  'record_id,correlation_id,partial_sequence,final_partial,source,service,a_number,b_number,imsi,visited_plmn,cell,start_time,session_start,quantity';
const row = (id: string, quantity: string) =>
  `${id},s-${id},1,true,msc-1,voice,43660000001,43660000002,,,,2026-10-29T10:00:00Z,2026-10-29T10:00:00Z,${quantity}`;

describe('a file that cannot be taken is refused with a code and a way on', () => {
  test.each([
    ['wrong columns', 'wrong.csv', Buffer.from('a,b\n1,2\n'), 'PL2003', 2],
    ['an empty file', 'empty.csv', Buffer.alloc(0), 'PL2005', 2],
    ['UTF-16', 'utf16.csv', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'), 'PL2004', 2],
    ['a truncated Parquet file', 'cut.parquet', Buffer.from('PAR1 and then nothing'), 'PL2001', 2],
  ])(
    '%s',
    async (condition, name, bytes, code, exit) => {
      const path = join(folder.path, name);
      writeFileSync(path, bytes);
      const refused = await plumbline(
        join(folder.path, `home-${name}`),
        'ingest',
        path,
        '--as',
        'usage',
        '--json',
      );
      expect([condition, refused.code, refused.json().files[0].error?.code]).toEqual([condition, exit, code]);
      expect(refused.json().files[0].error.message).toMatch(/Next: /);
    },
    30_000,
  );

  test('a negative duration goes to quarantine with its reason, and the rest goes on', async () => {
    const path = join(folder.path, 'mixed.csv');
    writeFileSync(path, `${[HEADER, row('1', '61'), row('2', '-5'), row('3', '7')].join('\n')}\n`);
    const done = await plumbline(join(folder.path, 'home-mixed'), 'ingest', path, '--as', 'usage', '--json');
    expect(done.code).toBe(0);
    expect(done.json()).toMatchObject({ rows: 2, quarantined: 1 });
    expect(Object.keys(done.json().reasons)).toEqual([expect.stringMatching(/quantity.*below 0/)]);
  }, 30_000);

  test('the same file again changes nothing; the same name with other content is refused', async () => {
    const home = join(folder.path, 'home-again');
    const path = join(folder.path, 'again.csv');
    writeFileSync(path, `${HEADER}\n${row('1', '61')}\n`);
    await plumbline(home, 'ingest', path, '--as', 'usage');
    const again = await plumbline(home, 'ingest', path, '--as', 'usage', '--json');
    expect(again.json()).toMatchObject({ ingested: 0, unchanged: 1 });
    writeFileSync(path, `${HEADER}\n${row('1', '62')}\n`);
    const changed = await plumbline(home, 'ingest', path, '--as', 'usage', '--json');
    expect([changed.code, changed.json().files[0].error.code]).toEqual([5, 'PL2002']);
  }, 60_000);
});

describe('what is missing is never leakage', () => {
  test('a day with a missing hourly file is inconclusive with no money, and says what is missing', async () => {
    const home = join(folder.path, 'home-missing');
    const feeds = join(folder.path, 'feeds-missing');
    copyTree(join(sample, 'feeds'), feeds);
    rmSync(join(feeds, 'usage', 'usage_20261029_13.csv'));
    expect((await plumbline(home, 'ingest', feeds)).code).toBe(0);
    const run = await plumbline(home, 'run', 'usage-reconciliation', '--period', '2026-10-29', '--json');
    expect(run.code).toBe(4);
    const looked = run
      .json()
      .controls.filter(
        (control: { partitions: { inconclusive: number } }) => control.partitions.inconclusive > 0,
      );
    const ids = looked.map((control: { controlId: string }) => control.controlId);
    expect(ids).toEqual(expect.arrayContaining(['U04', 'U06', 'U07', 'R03', 'R01']));
    // Those that look at usage, and no others.
    const planned = run
      .json()
      .controls.filter((control: { partitions: Record<string, number> }) =>
        Object.values(control.partitions).some((n) => n > 0),
      );
    const byUsage = CONTROLS.filter(({ needs }) => needs.includes('usage')).map(({ id }) => id);
    expect(ids).toEqual(
      planned
        .map((control: { controlId: string }) => control.controlId)
        .filter((id: string) => byUsage.includes(id)),
    );
    for (const control of looked) {
      const { outcome, violations, underCharged, overCharged } = control;
      expect([outcome, violations, underCharged, overCharged]).toEqual([
        'inconclusive',
        0,
        '0.000000',
        '0.000000',
      ]);
      expect(control.reasons.join()).toContain('2026-10-29T13');
    }
    expect(run.json().conservation.buckets).toEqual({ 'not-evaluable': run.json().conservation.sessions });
  }, 90_000);

  test('an unknown tariff suspends its sessions and prices nothing at zero', async () => {
    const home = join(folder.path, 'home-tariff');
    const feeds = join(folder.path, 'feeds-tariff');
    copyTree(join(sample, 'feeds'), feeds);
    for (const name of readdirSync(join(feeds, 'catalog')).filter((file) => file.endsWith('.csv'))) {
      const path = join(feeds, 'catalog', name);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('T-BASIC', 'T-UNKNOWN'));
    }
    expect((await plumbline(home, 'ingest', feeds)).code).toBe(0);
    const { conservation } = (
      await plumbline(home, 'run', 'usage-reconciliation', '--period', '2026-10-29', '--json')
    ).json();
    const suspended = Object.entries(conservation.buckets).filter(([bucket]) =>
      bucket.startsWith('suspended'),
    );
    expect(suspended.length).toBeGreaterThan(0);
    expect(suspended.every(([bucket]) => bucket.includes('tariff'))).toBe(true);
  }, 90_000);
});

describe('usage errors', () => {
  test.each([
    ['an unknown command', ['cas', 'list'], 2],
    ['an unknown state machine', ['run', 'usage-recon', '--period', '2026-10'], 2],
    ['no period', ['run', 'usage-reconciliation'], 2],
    ['a period that is none', ['run', 'usage-reconciliation', '--period', '2026-13'], 2],
    [
      'an amount that is none',
      ['run', 'usage-reconciliation', '--period', '2026-10', '--material-from', 'abc'],
      2,
    ],
    ['an unknown control', ['controls', 'show', 'Z99'], 2],
    ['an unknown dataset', ['ingest', '.', '--as', 'usages'], 2],
    ['a path that is not there', ['ingest', '/nowhere', '--as', 'usage'], 2],
    ['an unknown run', ['runs', 'show', 'none'], 2],
    ['a number that is none', ['generate', '--out', 'x', '--seed', 'one'], 2],
  ])(
    '%s exits with %s',
    async (_condition, args, exit) => {
      const refused = await plumbline(join(folder.path, 'home-usage'), ...args);
      expect([refused.code, refused.stdout]).toEqual([exit, '']);
      expect(refused.stderr).not.toBe('');
    },
    30_000,
  );
});

function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyTree(join(from, entry.name), join(to, entry.name));
    else writeFileSync(join(to, entry.name), readFileSync(join(from, entry.name)));
  }
}
