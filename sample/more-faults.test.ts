import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASETS } from '#core/domain/datasets.ts';
import type { FaultRecord } from './fault.ts';
import { generateSample, readManifest } from './generate.ts';
import { MORE_FAMILIES, MORE_FAMILY_NAMES, type MoreFamilyFacts } from './more-families.ts';
import { openDatabase } from './tables.ts';

const SMALL = { seed: 11, subscribers: 200, days: 31 };
let home: string;
const out = (name: string) => join(home, name);
const json = <T>(...path: string[]) => JSON.parse(readFileSync(join(home, ...path), 'utf8')) as T;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sample-more-'));
  await generateSample({ ...SMALL, out: out('plain') });
  await generateSample({ ...SMALL, out: out('more'), families: MORE_FAMILY_NAMES });
});
afterAll(() => rmSync(home, { recursive: true }));

async function rows(sql: string): Promise<readonly (readonly unknown[])[]> {
  const { connection, close } = await openDatabase();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    close();
  }
}
const feed = (name: string) => `read_csv('${join(home, 'more', 'feeds', name)}/*.csv', all_varchar = true)`;
const labelled = (family: string) =>
  `(SELECT key, true_amount FROM read_parquet('${join(home, 'more', 'truth')}/labels.parquet') WHERE family = '${family}')`;

test('without families not a byte of a feed changes, but of the change log', () => {
  const plain = readManifest(out('plain'))?.files ?? [];
  const more = new Map(readManifest(out('more'))?.files.map((f) => [f.path, f.sha256]));
  const changed = plain.filter((f) => more.get(f.path) !== f.sha256).map((f) => f.path);
  expect(changed.sort()).toEqual([
    'feeds/change_log/change_log.jsonl',
    'truth/benign.json',
    'truth/benign_labels.parquet',
    'truth/faults.json',
    'truth/labels.parquet',
  ]);
  expect(json('plain', 'manifest.json')).not.toHaveProperty('families');
});

test('every family has its fault, its labels and its look-alike', async () => {
  const faults = json<FaultRecord[]>('more', 'truth', 'faults.json');
  const counted = await rows(`SELECT family, count(*)::INTEGER, sum(true_amount)::VARCHAR
    FROM read_parquet('${join(home, 'more', 'truth')}/labels.parquet') WHERE grain = 'check' GROUP BY family`);
  const labels = new Map(counted.map(([family, count, sum]) => [family, { count, sum }]));
  const kinds = await rows(
    `SELECT DISTINCT kind FROM read_parquet('${join(home, 'more', 'truth')}/benign_labels.parquet')`,
  );
  for (const family of MORE_FAMILY_NAMES) {
    const facts: MoreFamilyFacts = MORE_FAMILIES[family];
    const fault = faults.find((one) => one.family === family);
    expect(fault).toMatchObject({
      control: facts.control,
      direction: facts.direction,
      segment: facts.segment,
    });
    expect(labels.get(family)).toEqual({ count: fault?.records, sum: fault?.amount });
  }
  const present = kinds.flat();
  expect(MORE_FAMILY_NAMES.filter((family) => !present.includes(MORE_FAMILIES[family].lookalike))).toEqual(
    [],
  );
});

test('a change that is said to be the cause came before the fault, and an innocent one stands beside each', () => {
  const faults = json<FaultRecord[]>('more', 'truth', 'faults.json').filter(({ faultId }) =>
    faultId.startsWith('M-'),
  );
  const log = readFileSync(join(home, 'more', 'feeds', 'change_log', 'change_log.jsonl'), 'utf8');
  const changes = log
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { change_id: string; changed_at: string; kind: string; target: string },
    );
  const caused = faults.filter(({ changeId }) => changeId !== null);
  expect(caused.length).toBeGreaterThan(3);
  expect(caused.length).toBeLessThan(faults.length);
  for (const { changeId, onset, family } of caused) {
    const change = changes.find((one) => one.change_id === changeId);
    expect(change?.kind).toBe((MORE_FAMILIES as Record<string, MoreFamilyFacts>)[family]?.change.kind);
    expect(Date.parse(change?.changed_at ?? '')).toBeLessThan(Date.parse(onset));
  }
  for (const family of MORE_FAMILY_NAMES) {
    const { kind, target } = MORE_FAMILIES[family].innocent;
    expect(changes.some((one) => one.kind === kind && one.target === target)).toBe(true);
  }
});

test('the feeds have the columns of their datasets', () => {
  const plain = new Set(readdirSync(join(home, 'plain', 'feeds')));
  const added = readdirSync(join(home, 'more', 'feeds')).filter((name) => !plain.has(name));
  expect(added).toHaveLength(12);
  for (const name of added) {
    const [header = ''] = readFileSync(join(home, 'more', 'feeds', name, `${name}.csv`), 'utf8').split('\n');
    const columns = DATASETS[name as keyof typeof DATASETS].columns;
    const known = columns.map((column) => column.name);
    expect(header.split(',').filter((column) => !known.includes(column))).toEqual([]);
    const required = columns.filter((column) => column.required).map((column) => column.name);
    expect(required.filter((column) => !header.split(',').includes(column))).toEqual([]);
  }
});

describe('the labels are what the documents show', () => {
  const amount = 'CAST(amount AS DECIMAL(18,6))';
  test.each<[string, string]>([
    [
      'invoice-not-booked',
      `SELECT 'invoice|' || invoice_id, sum(${amount}) FROM ${'$invoice_line'} WHERE invoice_id NOT IN
        (SELECT invoice_id FROM ${'$ledger_entry'}) AND invoiced_at < '2026-10-29T10' GROUP BY invoice_id`,
    ],
    [
      'tax-rate-outdated',
      `SELECT 'tax|' || invoice_id || '|AT20', due - tax FROM (SELECT invoice_id,
          CAST(round(sum(${amount}) FILTER (kind <> 'tax') * CAST('0.2' AS DECIMAL(2,1)), 2) AS DECIMAL(18,6)) AS due,
          sum(${amount}) FILTER (kind = 'tax') AS tax FROM ${'$invoice_line'} GROUP BY invoice_id)
        WHERE abs(due - tax) > 0.011`,
    ],
    [
      'credit-without-approval',
      `SELECT 'credit|' || line_id, -${amount} FROM ${'$invoice_line'} WHERE kind = 'credit' AND reference IS NULL`,
    ],
    [
      'one-off-fee-lost',
      `SELECT 'order|' || order_id, CAST(fee AS DECIMAL(18,6)) FROM ${'$order_event'} WHERE CAST(fee AS DECIMAL(18,6)) > 0
        AND completed_at < '2026-10-14' AND order_id NOT IN (SELECT reference FROM ${'$invoice_line'} WHERE kind = 'one-off')`,
    ],
    [
      'rate-inverted',
      `SELECT 'line|' || line_id, CAST(round(CAST(foreign_amount AS DECIMAL(18,6)) * CAST('0.9' AS DECIMAL(2,1)), 2) AS DECIMAL(18,6)) - ${amount}
        FROM ${'$invoice_line'} WHERE foreign_amount IS NOT NULL
          AND abs(CAST(foreign_amount AS DECIMAL(18,6)) * 9 / 10 - ${amount}) > 0.01`,
    ],
    [
      'discount-past-end',
      `SELECT 'discount|' || invoice_id || '|' || subscription_id || '|' || reference, -sum(${amount})
        FROM ${'$invoice_line'} WHERE reference = 'D-SPRING' GROUP BY ALL HAVING sum(${amount}) <> 0`,
    ],
  ])('%s', async (family, query) => {
    const sql = query.replace(/\$(\w+)/g, (_, name: string) => feed(name));
    const seen = await rows(`SELECT k, CAST(a AS DECIMAL(18,6))::VARCHAR FROM (${sql}) q(k, a) ORDER BY k`);
    const truth = await rows(`SELECT key, true_amount::VARCHAR FROM ${labelled(family)} ORDER BY key`);
    expect(truth.length).toBeGreaterThan(5);
    expect(seen).toEqual(truth);
  });
});

test.each([
  ['a family that does not exist', { ...SMALL, families: ['nonsense'] }, 'There is no family nonsense'],
  [
    'a sample that is not a whole October',
    { ...SMALL, days: 7, families: ['tax-rate-outdated'] },
    'whole of October',
  ],
])('%s is refused', async (_name, options, words) => {
  await expect(generateSample({ ...options, out: out('refused') } as never)).rejects.toThrow(words);
});
