import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, plumbline, temporaryFolder } from './cli.ts';

/** A control of a user: rated calls above a cap. */
const DECLARATION = {
  id: 'X01',
  title: 'Calls above the cap',
  stage: 'rating',
  compares: 'Charges of rated calls against a cap',
  needs: ['rated'],
  scope: 'day',
  noun: ['call', 'calls'],
  tolerance: { absolute_eur: '1.00' },
  symptoms: { 'above-cap': 'charged above the cap' },
  ruleVersion: '1',
  severity: 'low',
  owner: 'Rating',
  dimensions: ['rating_source'],
  money: 'The part above the cap, owed back',
  explain:
    'Call {key} by {rating_source} is {symptom}: expected {expected} {currency}, charged {charged}, impact {impact}',
};
const SQL = `-- Grain: one violation per rated item of the day above the cap.
SELECT 'cap|' || r.rated_id AS key, 'above-cap' AS symptom,
  CAST(CAST($absolute_eur AS DECIMAL(18,6)) - r.amount AS DECIMAL(18,6)) AS impact,
  CAST($absolute_eur AS DECIMAL(18,6)) AS expected, r.amount AS charged, r.start_time AS event_time,
  r.source AS rating_source, r.subscription_id, 'rated' AS right_dataset, r.rated_id AS right_id,
  r.file_id AS right_file, r.byte_offset AS right_offset, r.row_hash AS right_hash
FROM rated r CROSS JOIN scope s
WHERE r.start_time >= s.from_at AND r.start_time < s.to_at AND r.amount > CAST($absolute_eur AS DECIMAL(18,6));
`;
const RATED =
  'rated_id,correlation_id,subscription_id,source,service,start_time,quantity,zone,offer_id,tariff_id,tariff_version,rate_path,amount,currency,a_number,b_number\n' +
  'R1,c1,S1,ocs-1,voice,2026-10-14T10:00:00Z,60,national,O1,T1,1,standard,40.50,EUR,,\n' +
  'R2,c2,S1,ocs-1,voice,2026-10-14T11:00:00Z,60,national,O1,T1,1,standard,1.00,EUR,,\n' +
  'R3,c3,S1,ocs-2,voice,2026-10-15T11:00:00Z,60,national,O1,T1,1,standard,3.25,EUR,,\n';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
const place = (where: string, declaration: unknown, sql: string | null, name = 'X01') => {
  mkdirSync(where, { recursive: true });
  writeFileSync(join(where, `${name}.json`), JSON.stringify(declaration));
  if (sql !== null) writeFileSync(join(where, `${name}.sql`), sql);
};
const workspace = join(home, 'controls');
let ingested: CliResult;

beforeAll(async () => {
  const file = join(folder.path, 'rated.csv');
  writeFileSync(file, RATED);
  ingested = await plumbline(home, 'ingest', file, '--as', 'rated');
  const offers = join(folder.path, 'catalog.csv');
  writeFileSync(
    offers,
    'offer_id,name,monthly_fee,currency,tariff_id,valid_from,valid_to\nO1,One,31,EUR,T1,2020-01-01T00:00:00Z,\n',
  );
  await plumbline(home, 'ingest', offers, '--as', 'catalog');
}, 60_000);
afterAll(() => folder.remove());

test('records are there to look at', () => {
  expect({ code: ingested.code, stderr: ingested.code === 0 ? '' : ingested.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
});

test('a control in a folder is dry-run: outcome per day (inconclusive where nothing came), money, the largest; nothing is written', async () => {
  const draft = join(folder.path, 'draft');
  place(draft, DECLARATION, SQL);
  const tested = await plumbline(
    home,
    'controls',
    'test',
    draft,
    '--from',
    '2026-10-13',
    '--to',
    '2026-10-15',
    '--json',
  );
  expect({ code: tested.code, stderr: tested.code === 0 ? '' : tested.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  const { periods, violations, overCharged, underCharged, largest, duplicates, seconds } = tested.json();
  expect(
    periods.map((one: Record<string, unknown>) => [one.period, one.outcome, one.violations, one.overCharged]),
  ).toEqual([
    ['2026-10-13', 'inconclusive', 0, '0.000000'],
    ['2026-10-14', 'breach', 1, '-39.500000'],
    ['2026-10-15', 'breach', 1, '-2.250000'],
  ]);
  expect({ violations, underCharged, overCharged, duplicates }).toEqual({
    violations: 2,
    underCharged: '0.000000',
    overCharged: '-41.750000',
    duplicates: [],
  });
  expect(largest[0].sentence).toBe(
    'Call cap|R1 by ocs-1 is above-cap: expected 1.000000 EUR, charged 40.500000, impact -39.500000',
  );
  expect(seconds).toBeGreaterThan(0);
  expect((await plumbline(home, 'runs', 'list', '--json')).json().runs).toEqual([]);
  expect((await plumbline(home, 'controls', 'list', '--json')).stdout).not.toContain('X01');
}, 60_000);

describe('in the workspace', () => {
  beforeAll(() => place(workspace, DECLARATION, SQL));

  test('it is listed and shown, and what cannot run names the feeds that are missing', async () => {
    const { controls } = (await plumbline(home, 'controls', 'list', '--json')).json();
    const of = (id: string) => controls.find((control: { id: string }) => control.id === id);
    expect(of('X01')).toMatchObject({ area: 'workspace', outcome: null, notFed: [], grain: 'check' });
    expect(of('U12')).toMatchObject({ area: 'usage', notFed: ['suspense', 'usage'] });
    const text = (await plumbline(home, 'controls', 'list')).stdout;
    expect(text).toMatch(/X01 .*Calls above the cap.*not run yet/);
    expect(text).toMatch(/U12 .*not fed: suspense/);
    const shown = await plumbline(home, 'controls', 'show', 'x01');
    expect(shown.stdout).toContain('The part above the cap, owed back');
    expect(shown.stdout).toContain('-- Grain:');
  }, 60_000);

  test('it runs with the others, makes a finding and a case, and its version holds its hash', async () => {
    const run = await plumbline(home, 'run', 'usage-reconciliation', '--period', '2026-10-14', '--json');
    const { controls, ruleVersions, runId } = run.json();
    const own = controls.find((one: { controlId: string }) => one.controlId === 'X01');
    expect(own).toMatchObject({ outcome: 'breach', violations: 1, overCharged: '-39.500000' });
    expect(ruleVersions.X01).toMatch(/^1\+[0-9a-f]{12}$/);
    const { cases } = (await plumbline(home, 'cases', 'list', '--json')).json();
    const found = cases.find((one: { title: string }) => one.title.includes('charged above the cap'));
    expect(found?.title).toContain('39.50 EUR over-charged');
    const explained = await plumbline(home, 'explain', found.caseId);
    expect(explained.stdout).toContain('cap|R1');
    const again = await plumbline(home, 'controls', 'test', 'X01', '--from', '2026-10-14', '--json');
    expect(again.json().duplicates).toMatchObject([
      { caseId: found.caseId, controlId: 'X01', violations: 1, amount: '39.500000' },
    ]);
    const listed = (await plumbline(home, 'controls', 'list', '--json')).json().controls;
    expect(listed.find((one: { id: string }) => one.id === 'X01')).toMatchObject({
      outcome: 'breach',
      lastRun: runId,
    });
  }, 120_000);

  test('a run can be verified after the control is gone: its declaration stands in the run', async () => {
    rmSync(workspace, { recursive: true });
    const verified = await plumbline(home, 'verify', '--json');
    expect({ code: verified.code, stderr: verified.code === 0 ? '' : verified.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const [runId] = readdirSync(join(home, 'artifacts', 'runs'));
    expect(readdirSync(join(home, 'artifacts', 'runs', runId ?? ''))).toContain('controls.json');
  }, 60_000);
});

describe('what cannot be used is refused with file and field', () => {
  const evil = (name: string) => join(folder.path, `evil-${name}`);
  test.each([
    [
      'copy',
      { sql: `-- Grain: x\nCOPY (SELECT 1) TO '${join(folder.path, 'stolen.csv')}'` },
      /X01\.sql.*Only SELECT/,
    ],
    [
      'read',
      { sql: "-- Grain: x\nSELECT content AS key FROM read_text('/etc/passwd')" },
      /X01\.sql.*read_text/,
    ],
    ['table', { sql: "-- Grain: x\nSELECT * FROM '/etc/passwd.csv'" }, /X01\.sql.*not among needs/],
    ['attach', { sql: "-- Grain: x\nATTACH 'x.db'" }, /X01\.sql.*Only SELECT/],
    ['install', { sql: '-- Grain: x\nINSTALL httpfs' }, /X01\.sql.*Only SELECT/],
    ['pragma', { sql: '-- Grain: x\nPRAGMA version' }, /X01\.sql/],
    ['two', { sql: `${SQL}DROP TABLE scope;` }, /X01\.sql/],
    ['clash', { declaration: { ...DECLARATION, id: 'U06' } }, /X01\.json.*id:/],
    ['typo', { declaration: { ...DECLARATION, needs: ['ratd'] } }, /X01\.json.*needs\.0:/],
    ['alone', { sql: null }, /X01\.sql.*not there/],
  ])(
    '%s',
    async (name, given: { sql?: string | null; declaration?: unknown }, why) => {
      place(evil(name), given.declaration ?? DECLARATION, given.sql === undefined ? SQL : given.sql);
      const refused = await plumbline(home, 'controls', 'test', evil(name), '--from', '2026-10-14', '--json');
      expect(refused.code).toBe(2);
      expect(refused.json().error).toMatchObject({ code: 'PL3004' });
      expect(JSON.stringify(refused.json().error)).toMatch(why);
      expect(readdirSync(folder.path)).not.toContain('stolen.csv');
    },
    30_000,
  );

  test('in the workspace it stops a run before it starts', async () => {
    place(workspace, DECLARATION, "-- Grain: x\nSELECT * FROM glob('/*')");
    const refused = await plumbline(home, 'run', 'usage-reconciliation', '--period', '2026-10-14', '--json');
    expect({ code: refused.code, error: refused.json().error.code }).toEqual({ code: 2, error: 'PL3004' });
  }, 30_000);
});
