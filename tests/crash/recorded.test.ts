import { readdirSync, readFileSync } from 'node:fs';
import { journalOf, type Recording } from './recording.ts';
import { KINDS } from './scenarios.ts';
import { simulate } from './simulator.ts';

const folder = new URL('./fixtures/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.startsWith('journal-'));

test('there are journals of every version', () => {
  expect(files.length).toBeGreaterThan(3);
});

test.each(files)('%s, recorded by an earlier version, ends as an execution of today', async (file) => {
  const db = journalOf(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording);
  const today = await simulate(KINDS, []);
  const taken = await simulate(KINDS, [], undefined, db);
  db.close();
  expect(taken.violations).toEqual([]);
  expect(taken.executions).toEqual(today.executions);
});
