/** A folder that is watched: what comes is taken in and reconciled, and a complete month is run with no person involved. */
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plumbline, start, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const [source, feeds, home] = ['source', 'feeds', 'home'].map((name) => join(folder.path, name)) as [
  string,
  string,
  string,
];
const LATE = 'usage_20261020_10.csv';
let watching: ChildProcess;
let said = '';

beforeAll(async () => {
  await plumbline(home, 'generate', '--out', source, '--subscribers', '60', '--days', '31', '--seed', '3');
  mkdirSync(feeds);
  cpSync(join(source, 'feeds'), feeds, { recursive: true });
  rmSync(join(feeds, 'usage', LATE));
  watching = start(home, ['watch', feeds, '--every', '0.5', '--port', '0']);
  watching.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
}, 120_000);
afterAll(async () => {
  watching.kill('SIGKILL');
  folder.remove();
});

async function hears(pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(said);
    if (found) return found;
    if (watching.exitCode !== null) throw new Error(`the watch ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const runs = async () => (await plumbline(home, 'runs', 'list', '--json')).json().runs;

test('what is there already is taken in, and every day it touches is reconciled', async () => {
  await hears(/[\d,]+ files, [\d,]+ records taken in/);
  await hears(/2026-10-31\.b00: all sessions judged, \d+ violations/);
  // An hour of usage is missing: the month is not complete, so nothing runs.
  expect(said).not.toContain('is complete');
  expect(await runs()).toEqual([]);
}, 180_000);

test('records that are posted are taken in, once; what is no record is refused with a reason', async () => {
  const [, endpoint = ''] = await hears(/(http:\/\/127\.0\.0\.1:\d+)\//);
  const record = {
    record_id: 'posted-1',
    correlation_id: 'posted',
    partial_sequence: 1,
    final_partial: true,
    source: 'msc-east',
    service: 'sms',
    a_number: '43660000000',
    b_number: '4312345',
    start_time: '2026-10-31T10:00:00Z',
    session_start: '2026-10-31T10:00:00Z',
    quantity: 1,
  };
  const post = async (dataset: string, body: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(`${endpoint}/datasets/${dataset}/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...headers },
      body,
    });
    const { ingested, unchanged, refused, code } = (await reply.json()) as Record<string, unknown>;
    return [reply.status, ingested, unchanged, refused, code];
  };
  const line = `${JSON.stringify(record)}\n`;
  expect(await post('usage', line)).toEqual([200, 1, 0, 0, undefined]);
  expect(await post('usage', line)).toEqual([200, 0, 1, 0, undefined]);
  expect(await post('usage', '{"record_id":"posted-2"}\n')).toEqual([422, 0, 0, 1, undefined]);
  // What a web page could make a browser send is refused.
  const refusedAtOnce = [400, undefined, undefined, undefined, 'PL1001'];
  expect(await post('usage', line, { 'content-type': 'text/plain' })).toEqual(refusedAtOnce);
  expect(await post('usage', line, { origin: 'http://127.0.0.1' })).toEqual(refusedAtOnce);
  expect(await post('nothing', line)).toEqual([404, undefined, undefined, undefined, 'PL1002']);
  await hears(/2026-10-31\.b00: 1 session judged again/);
}, 60_000);

test('the last file of the month comes: its day is judged, and the month is run', async () => {
  cpSync(join(source, 'feeds', 'usage', LATE), join(feeds, 'usage', LATE));
  await hears(/2026-10-20\.b00: all sessions judged/);
  await hears(/2026-10 is complete: it is reconciled and investigated now/);
  let found = await runs();
  while (found.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    found = await runs();
  }
  expect(found).toHaveLength(1);
  expect(found[0].period).toBe('2026-10');
}, 180_000);

test('interrupted, it ends cleanly', async () => {
  const ended = new Promise<number | null>((resolve) => watching.once('exit', (code) => resolve(code)));
  watching.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(readdirSync(join(home, 'landing', 'usage')).some((name) => name.endsWith('.part'))).toBe(false);
}, 60_000);
