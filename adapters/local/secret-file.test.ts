import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretKeyIn } from './secret-file.ts';

describe('the key of a workspace', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const macOf = async (file: string) => Buffer.from((await secretKeyIn(file)).mac('x')).toString('hex');

  test('is made once, the same for all who ask at once, and only its owner can read it', async () => {
    const file = join(folder, 'keys', 'a.key');
    const macs = await Promise.all(Array.from({ length: 8 }, () => macOf(file)));
    expect(new Set(macs).size).toBe(1);
    expect(await macOf(file)).toBe(macs[0]);
    expect(await readdir(join(folder, 'keys'))).toEqual(['a.key']);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('is another one in every workspace', async () => {
    expect(await macOf(join(folder, 'a'))).not.toBe(await macOf(join(folder, 'b')));
  });

  test.each(['cut', 'empty'])('that was %s is refused, not made anew', async (how) => {
    const file = join(folder, 'a.key');
    await macOf(file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, how === 'cut' ? text.slice(0, 20) : '');
    await expect(secretKeyIn(file)).rejects.toThrow(/does not hold a key/);
  });
});
