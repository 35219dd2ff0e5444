import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { killedAt, plumbline, temporaryFolder } from './cli.ts';

const LONG = process.env.PLUMBLINE_LONG !== undefined;
const SMALL = ['--seed', '1', '--subscribers', '2000', '--days', '7', '--json'];
const folder = temporaryFolder();
const home = join(folder.path, 'home');
let demo: Awaited<ReturnType<typeof plumbline>>;

beforeAll(async () => {
  demo = await plumbline(home, 'demo', ...SMALL);
}, 120_000);
afterAll(() => folder.remove());

describe('plumbline demo', () => {
  test('exits with 0 and prints one object and nothing else on stdout', () => {
    expect({ code: demo.code, stderr: demo.code === 0 ? '' : demo.stderr }).toEqual({ code: 0, stderr: '' });
    expect(demo.stdout.trim().split('\n')).toHaveLength(1);
    expect(demo.json()).toMatchObject({
      schema: 'plumbline/demo/1',
      command: 'demo',
      ok: true,
      warnings: [],
    });
  });

  test('finds the injected faults, reports no innocent look-alike, and names what it missed', () => {
    const { score, findings, seconds } = demo.json();
    expect(score.money.recall).toBeGreaterThanOrEqual(0.95);
    expect(score.money.precision).toBeGreaterThanOrEqual(0.95);
    expect(score.records.recall).toBeGreaterThanOrEqual(0.95);
    expect(score.records.precision).toBeGreaterThanOrEqual(0.95);
    expect(score.lookalikesReported).toEqual([]);
    expect(score.misses).toHaveLength(
      score.families.reduce((sum: number, f: { missed: number }) => sum + f.missed, 0),
    );
    expect(score.families.length).toBeGreaterThanOrEqual(10);
    for (const family of score.families) {
      expect(Object.keys(family).sort()).toEqual(['false', 'family', 'found', 'injected', 'missed', 'money']);
    }
    expect(findings.length).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(0);
  });

  test('shows progress on stderr', () => {
    for (const step of ['generate', 'ingest', 'reconcile', 'approve', 'remedy', 'verify', 'score']) {
      expect(demo.stderr).toContain(step);
    }
  });

  test('recovers money only where the books of the operator show it', () => {
    const { cases, money } = demo.json();
    expect(cases.approved).toBeGreaterThan(0);
    expect(cases.closed).toBe(cases.approved);
    for (const side of [money.underCharged, money.overCharged]) {
      const sum = ['potential', 'confirmed', 'recovered', 'unrecoverable'].reduce(
        (total, state) => total + BigInt(side[state].minor),
        0n,
      );
      expect(side.found.minor).toBe(sum.toString());
    }
  });

  test('the same seed gives the same digest, another seed another one', async () => {
    const again = await plumbline(join(folder.path, 'again'), 'demo', ...SMALL);
    const other = await plumbline(
      join(folder.path, 'other'),
      'demo',
      '--seed',
      '8',
      '--subscribers',
      '200',
      '--days',
      '3',
      '--json',
    );
    expect(again.json().digest).toBe(demo.json().digest);
    expect(again.json().money).toEqual(demo.json().money);
    expect(other.json().digest).not.toBe(demo.json().digest);
  }, 120_000);

  const moments = ['demo', 'generate', 'ingest', 'reconcile', 'approve', 'remedy', 'verify'];
  test.each(LONG ? moments : ['ingest', 'approve'])(
    'killed once it says "%s", `runs resume` ends with the same digest, money and cases',
    async (moment) => {
      const killed = join(folder.path, `killed-${moment}`);
      const dead = await killedAt(killed, new RegExp(`\\b${moment} `), 'demo', ...SMALL);
      expect(dead.code).toBeNull();
      const resumed = await plumbline(killed, 'runs', 'resume', '--json');
      expect({ code: resumed.code, stderr: resumed.code === 0 ? '' : resumed.stderr }).toEqual({
        code: 0,
        stderr: '',
      });
      const { digest, money, cases } = resumed.json();
      expect({ digest, money, cases }).toEqual({
        digest: demo.json().digest,
        money: demo.json().money,
        cases: demo.json().cases,
      });
    },
    120_000,
  );

  test('does not clear a folder that holds data of the user', async () => {
    const own = join(folder.path, 'own');
    const file = join(folder.path, 'holiday.csv');
    appendFileSync(file, 'calendar,holiday_date,name\nAT,2026-10-26,National Day\n');
    expect((await plumbline(own, 'ingest', file, '--as', 'holiday')).code).toBe(0);
    const refused = await plumbline(own, 'demo', ...SMALL);
    expect(refused.code).toBe(2);
    expect(refused.json()).toMatchObject({ ok: false, error: { code: 'PL1001' } });
    expect(existsSync(join(own, 'lake.db'))).toBe(true);
  }, 60_000);
});

describe('after the demo', () => {
  test('every record behind a case names the file and offset of at least one side', async () => {
    const { cases } = (await plumbline(home, 'cases', 'list', '--json')).json();
    const rows = [];
    for (const { caseId } of cases) {
      rows.push(
        ...(await plumbline(home, 'cases', 'records', caseId, '--limit', '1000', '--json')).json().records,
      );
    }
    expect(rows.length).toBeGreaterThan(100);
    const unproved = rows.filter(
      (row) => row.grain !== 'hop' && row.left_file === null && row.right_file === null,
    );
    expect(unproved).toEqual([]);
    expect(new Set(rows.map((row) => row.grain)).has('subscription')).toBe(true);
  }, 60_000);

  test('each KPI opens what it was computed from, and each violation says where its money stands', async () => {
    const shown = async (id: string) => (await plumbline(home, 'kpis', 'show', id, '--json')).json().rows;
    const residual = await shown('K2');
    expect(residual.length).toBeGreaterThan(0);
    for (const { bucket, unexplained } of residual) {
      expect(bucket).toBe('residual');
      expect(unexplained).not.toBe('0.000000');
    }
    expect((await shown('K6'))[0]).toMatchObject({ hop: 'event to billed' });
    const quality = await shown('K15');
    expect(quality).toContainEqual(expect.objectContaining({ what: 'record rejected', dataset: 'usage' }));
    const { cases } = (await plumbline(home, 'cases', 'list', '--sort', 'lapse', '--json')).json();
    const { feeds } = (await plumbline(home, 'feeds', '--period', '2026-10-30', '--json')).json();
    expect(feeds).toContainEqual(
      expect.objectContaining({ dataset: 'usage', source: 'msc-east', watermark: '2026-10-31T00:00:00Z' }),
    );
    const states = new Set<string>();
    for (const { caseId } of cases.slice(-2)) {
      const { records } = (await plumbline(home, 'cases', 'records', caseId, '--json')).json();
      for (const { money_state } of records) states.add(money_state);
    }
    expect([...states].sort()).toEqual(expect.arrayContaining(['recovered']));
  }, 120_000);

  test('verify recomputes the audit chain and every run, and notices a changed violation file', async () => {
    const sound = await plumbline(home, 'verify', '--json');
    expect(sound.code).toBe(0);
    expect(sound.json()).toMatchObject({ chain: { ok: true }, runs: [{ problems: [] }] });
    const { runId } = demo.json();
    const manifest = join(home, 'artifacts', 'runs', runId, 'manifest.json');
    const before = readFileSync(manifest, 'utf8');
    const forged = before.replace(/"residual": "[^"]+"/, '"residual": "0.000000"');
    expect(forged).not.toBe(before);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(manifest, forged);
    expect((await plumbline(home, 'verify')).code).toBe(1);
    writeFileSync(manifest, before);
  }, 60_000);

  test('runs, controls, cases, explain and doctor answer in words and in JSON', async () => {
    const { runId, example } = demo.json();
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [['runs', 'list'], new RegExp(runId)],
      [['runs', 'show', runId], /Conservation/],
      [['controls', 'list'], /billed twice/],
      [['controls', 'show', 'U06'], /never billed/],
      [['cases', 'list'], new RegExp(example.case.caseId)],
      [['cases', 'show', example.case.caseId], /Considered/],
      [['explain', example.case.caseId], /Evidence/],
      [['doctor'], /DuckDB/],
    ];
    for (const [args, words] of rows) {
      const text = await plumbline(home, ...args);
      expect(`${args.join(' ')}: ${text.code} ${text.stderr}`).toBe(`${args.join(' ')}: 0 `);
      expect(text.stdout).toMatch(words);
      const json = (await plumbline(home, ...args, '--json')).json();
      expect(json).toMatchObject({
        ok: true,
        command: args.slice(0, args[0] === 'explain' || args[0] === 'doctor' ? 1 : 2).join(' '),
      });
    }
  }, 90_000);
});
