import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutboxMessage } from '#core/ports/outbox.ts';
import { PARTIAL_PREFIX } from './atomic-file.ts';
import { LocalOutbox } from './outbox.ts';

let folder: string;
let outbox: LocalOutbox;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'plumbline-outbox-')), 'outbox');
  outbox = new LocalOutbox(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const message = (changes: Partial<OutboxMessage> = {}): OutboxMessage => ({
  idempotencyKey: 'TMF621-C-1-0123',
  caseId: 'C-1',
  api: 'TMF621',
  payload: { name: 'a', note: ['b'] },
  ...changes,
});

describe('the outbox in a folder', () => {
  test('a message is a file named after its key', async () => {
    expect(await outbox.put(message())).toBe(true);
    expect(await readdir(folder)).toEqual(['TMF621-C-1-0123.json']);
    expect(JSON.parse(await readFile(join(folder, 'TMF621-C-1-0123.json'), 'utf8'))).toEqual(message());
  });

  test.each([
    ['the same message', message()],
    ['the same message with its fields in another order', message({ payload: { note: ['b'], name: 'a' } })],
  ])('%s again writes nothing', async (_condition, again) => {
    await outbox.put(message());
    expect(await outbox.put(again)).toBe(false);
    expect(await outbox.list()).toEqual([message()]);
  });

  test.each([
    ['payload', { payload: { name: 'c' } }],
    ['case', { caseId: 'C-2' }],
    ['API', { api: 'TMF678' as const }],
  ])('the same key with another %s is in doubt, and the first stays', async (_field, changes) => {
    await outbox.put(message());
    await expect(outbox.put(message(changes))).rejects.toMatchObject({ name: 'EffectInDoubt' });
    expect(await outbox.list()).toEqual([message()]);
  });

  test('of many writers at once one writes', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => new LocalOutbox(folder).put(message())),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await readdir(folder)).toHaveLength(1);
  });

  test('messages are listed by key and by case; what a dead writer left is not among them', async () => {
    await outbox.put(message({ idempotencyKey: 'b', caseId: 'C-2' }));
    await outbox.put(message({ idempotencyKey: 'a' }));
    await writeFile(join(folder, `${PARTIAL_PREFIX}1234-c.json`), '{"half":');
    expect((await outbox.list()).map((m) => m.idempotencyKey)).toEqual(['a', 'b']);
    expect((await outbox.list('C-2')).map((m) => m.idempotencyKey)).toEqual(['b']);
  });

  test('an outbox that nobody wrote to is empty', async () => {
    expect(await outbox.list()).toEqual([]);
  });

  test.each(['', '../a', 'a/b', '.hidden', 'a b', 'x'.repeat(201)])(
    '%j is no key',
    async (idempotencyKey) => {
      await expect(outbox.put(message({ idempotencyKey }))).rejects.toMatchObject({ name: 'UsageError' });
    },
  );
});
