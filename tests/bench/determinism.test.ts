import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { combinations } from './determinism.ts';

const long = process.env.PLUMBLINE_LONG !== undefined;
/** The first is reconciled in sums, partitions of the second session by session. */
const FEW = [
  { buckets: 1, shuffled: false },
  { buckets: 3, shuffled: true },
];
const ALL = [1, 16, 64].flatMap((buckets) => [
  { buckets, shuffled: false },
  { buckets, shuffled: true },
]);

test('a hundred thousand sessions have one digest, whatever threads, buckets and order', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'plumbline-test-determinism-'));
  try {
    const found = await combinations(100_000, scratch, () => {}, long ? ALL : FEW);
    const [first] = found;
    expect(first?.controls).toContain('U06 295 250.293500 0.000000');
    expect(found.map(({ digest }) => digest)).toEqual(found.map(() => first?.digest));
    expect(found.map(({ controls }) => controls)).toEqual(found.map(() => first?.controls));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}, 1_800_000);
