/** A process of its own that comments on a case, one acknowledged line per comment: `store-writer.ts <file> <case> <n>`. */
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';

const [file = '', caseId = '', count = '0'] = process.argv.slice(2);
const store = await openSqliteCaseStore({ file, clock: { now: () => Date.now() } });
for (let i = 0; i < Number(count); i += 1) {
  await store.changeCase(caseId, { kind: 'comment-added', actor: `writer-${process.pid}`, data: { i } }, {});
  process.stdout.write('acknowledged\n');
}
await store.close();
