/**
 * Writes the journals that `recorded.test.ts` takes up: the machine with every kind of state, stopped at several
 * commits. Run it once for each version of the journal: `node tests/crash/record.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { JOURNAL_VERSION } from '#local/stepfunctions/journal/schema.ts';
import { recordingOf } from './recording.ts';
import { KINDS } from './scenarios.ts';
import { journalAfter, simulate } from './simulator.ts';

const folder = new URL('./fixtures/', import.meta.url);
mkdirSync(folder, { recursive: true });
const { commits } = await simulate(KINDS, []);
for (let commit = 2; commit <= commits; commit += 4) {
  const db = await journalAfter(KINDS, { commit, side: 'after' });
  writeFileSync(
    new URL(`journal-v${JOURNAL_VERSION}-${commit}.json`, folder),
    `${JSON.stringify(recordingOf(db))}\n`,
  );
  db.close();
}
