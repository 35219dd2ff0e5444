import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMoney } from '#core/domain/money.ts';
import { FAMILIES, FAMILY_NAMES, type FaultRecord } from './fault.ts';
import { DIFFERENCES, loadFeeds } from './feeds-audit.ts';
import { generateSample, type SampleSummary } from './generate.ts';
import { LOOKALIKE_KINDS } from './lookalikes.ts';
import { MORE_FAMILIES } from './more-families.ts';
import { literal, openDatabase } from './tables.ts';

/** Twenty small operators. Nine days hold the end of summer time, the holiday and a weekend. */
const SEEDS = Array.from({ length: 20 }, (_, i) => 100 + i);
const SIZE = { subscribers: 160, days: 9 };
const micros = (text: string) => parseMoney(text, 'EUR/6').minor;

let home: string;
const summaries: SampleSummary[] = [];
const faults: FaultRecord[] = [];
const benignKinds = new Set<string>();
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sample-truth-'));
});
afterAll(() => rmSync(home, { recursive: true }));

interface Audit {
  readonly unlabelled: bigint;
  readonly largestUnlabelled: bigint;
  readonly disagreeing: readonly string[];
  readonly benignAndGuilty: number;
  readonly kinds: readonly string[];
  readonly labels: bigint;
  readonly smallest: bigint;
}

/** Compares what the feed files say, read by SQL, with what the truth says. */
async function audit({ feedsDir, truthDir }: SampleSummary): Promise<Audit> {
  const { connection, close } = await openDatabase();
  try {
    await loadFeeds(connection, feedsDir);
    await connection.run(`CREATE TABLE difference AS ${DIFFERENCES}`);
    await connection.run(`CREATE TABLE label AS SELECT grain, key,
        (CASE WHEN grain = 'hop' THEN sum(records) ELSE CAST(sum(true_amount) * 1000000 AS BIGINT) END)::BIGINT AS gap,
        CAST(sum(true_amount) * 1000000 AS BIGINT)::BIGINT AS amount
      FROM read_parquet(${literal(join(truthDir, 'labels.parquet'))}) GROUP BY grain, key`);
    const benign = literal(join(truthDir, 'benign_labels.parquet'));
    const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const [[unlabelled, largest] = []] =
      await rows(`SELECT coalesce(sum(gap), 0)::BIGINT, coalesce(max(abs(gap)), 0)::BIGINT
      FROM difference d WHERE NOT EXISTS (SELECT 1 FROM label l WHERE l.grain = d.grain AND l.key = d.key)`);
    const disagreeing = await rows(`SELECT l.grain || ' ' || l.key FROM label l LEFT JOIN difference d
      ON d.grain = l.grain AND d.key = l.key WHERE coalesce(d.gap, 0) <> l.gap ORDER BY 1`);
    const [[both] = []] = await rows(
      `SELECT count(*) FROM read_parquet(${benign}) b JOIN label l USING (grain, key)`,
    );
    const kinds = await rows(`SELECT DISTINCT kind FROM read_parquet(${benign})`);
    const [[labels] = []] = await rows('SELECT coalesce(sum(amount), 0)::BIGINT FROM label');
    const [[smallest] = []] = await rows(`SELECT coalesce(min(abs(true_amount)) * 1000000, 1000000)::BIGINT
      FROM read_parquet(${literal(join(truthDir, 'labels.parquet'))}) WHERE grain <> 'hop'`);
    return {
      smallest: BigInt(String(smallest)),
      unlabelled: BigInt(String(unlabelled)),
      largestUnlabelled: BigInt(String(largest)),
      disagreeing: disagreeing.map(([key]) => String(key)),
      benignAndGuilty: Number(both),
      kinds: kinds.map(([kind]) => String(kind)),
      labels: BigInt(String(labels)),
    };
  } finally {
    close();
  }
}

describe('the truth is what the feed files say', () => {
  test.each(SEEDS)(
    'seed %i: every label is a difference in the files, and every difference has a label',
    async (seed) => {
      const summary = await generateSample({ ...SIZE, seed, out: join(home, `${seed}`) });
      const found = await audit(summary);
      const { totals } = summary;
      expect(found.disagreeing).toEqual([]);
      expect(found.unlabelled).toBe(micros(totals.rounding));
      expect(found.largestUnlabelled).toBeLessThanOrEqual(50n);
      // the tolerance of the controls is 0.001
      expect(found.smallest).toBeGreaterThan(1000n);
      expect(found.labels).toBe(micros(totals.faults));
      expect(micros(totals.expected) - micros(totals.billed)).toBe(
        micros(totals.faults) + micros(totals.rounding),
      );
      expect(found.benignAndGuilty).toBe(0);
      summaries.push(summary);
      faults.push(
        ...(JSON.parse(readFileSync(join(summary.truthDir, 'faults.json'), 'utf8')) as FaultRecord[]),
      );
      for (const kind of found.kinds) benignKinds.add(kind);
      rmSync(summary.out, { recursive: true });
    },
  );
});

describe('over the seeds', () => {
  test('faults move between 0.3 and 3 percent of revenue, and differ from seed to seed', () => {
    const shares = summaries.map(({ totals: t }) => {
      const moved = micros(t.underCharged) - micros(t.overCharged);
      return Number((moved * 100_000n) / micros(t.expected)) / 1000;
    });
    expect(shares).toHaveLength(SEEDS.length);
    expect(shares.filter((s) => s < 0.3 || s > 3)).toEqual([]);
    expect(Math.max(...shares) / Math.min(...shares)).toBeGreaterThan(2);
  });

  test('about a quarter of the money is over-charged', () => {
    const sum = (pick: (t: SampleSummary['totals']) => string) =>
      summaries.reduce((s, { totals }) => s + micros(pick(totals)), 0n);
    const over = -sum((t) => t.overCharged);
    const percent = Number((over * 100n) / (over + sum((t) => t.underCharged)));
    expect(percent).toBeGreaterThanOrEqual(15);
    expect(percent).toBeLessThanOrEqual(38);
  });

  test('every family of faults and every kind of look-alike is present', () => {
    expect([...new Set(faults.map((f) => f.family))].sort()).toEqual([...FAMILY_NAMES].sort());
    expect([...benignKinds].sort()).toEqual([...LOOKALIKE_KINDS].sort());
  });

  test('some faults come in bursts, some share their records, some have a change behind them', () => {
    const share = (is: (f: FaultRecord) => boolean) => faults.filter(is).length / faults.length;
    expect(share((f) => f.intermittent)).toBeGreaterThan(0.1);
    expect(share((f) => f.intermittent)).toBeLessThan(0.5);
    expect(share((f) => f.compoundWith !== null)).toBeGreaterThan(0.03);
    expect(share((f) => f.changeId !== null)).toBeGreaterThan(0.4);
    expect(share((f) => f.changeId !== null)).toBeLessThan(0.8);
  });

  test('the money of a fault has the sign of its direction', () => {
    const wrong = faults.filter(
      (f) => f.direction !== 'mixed' && micros(f.amount) > 0n !== (f.direction === 'under'),
    );
    expect(wrong).toEqual([]);
    for (const fault of faults)
      expect(fault.control).toBe({ ...FAMILIES, ...MORE_FAMILIES }[fault.family].control);
    for (const { onset, end } of faults) expect(onset <= end).toBe(true);
  });
});
