import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { awaitPosting } from './tool.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-await-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => openSqliteCaseStore({ file: join(folder, 'store.db'), clock: { now: () => 0 } });

describe('await-posting', () => {
  test.each([
    ['one case, one wait', [['C-1', 'a']], ['C-1 a']],
    [
      'a repeated task replaces its token',
      [
        ['C-1', 'a'],
        ['C-1', 'b'],
      ],
      ['C-1 b'],
    ],
    [
      'each case has its own',
      [
        ['C-1', 'a'],
        ['C-2', 'b'],
      ],
      ['C-1 a', 'C-2 b'],
    ],
  ])('%s', async (_name, calls, expected) => {
    const waits = await open();
    for (const [caseId = '', taskToken = ''] of calls) await awaitPosting({ caseId, taskToken }, { waits });
    const listed = await waits.listWaits('posting');
    expect(listed.map((wait) => `${wait.caseId} ${wait.taskToken}`)).toEqual(expected);
    await waits.close();
  });

  test('a wait outlives the process, and only its own token removes it', async () => {
    const first = await open();
    await awaitPosting({ caseId: 'C-1', taskToken: 'new' }, { waits: first });
    await first.close();
    const second = await open();
    await second.removeWait({ kind: 'posting', caseId: 'C-1', taskToken: 'old' });
    expect(await second.listWaits('posting')).toHaveLength(1);
    await second.removeWait({ kind: 'posting', caseId: 'C-1', taskToken: 'new' });
    expect(await second.listWaits('posting')).toEqual([]);
    await second.close();
  });
});
