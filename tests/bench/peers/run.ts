/** `npx node tests/bench/peers/run.ts [sessions] [repeats] [--keep]`: every program over the same CSV, in turn. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../benchmark.ts';
import { writeCsv } from './data.ts';
import type { PeerResult } from './totals.ts';

const PEERS = ['plumbline', 'javascript-map', 'sqlite', 'postgres'];
const numbers = process.argv.slice(2).filter((text) => /^\d+$/.test(text));
const [sessions = 1_000_000, repeats = 3] = numbers.map(Number);

const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-peers-'));
const found = new Map<string, PeerResult[]>();
try {
  await writeCsv(folder, sessions);
  for (let round = 0; round < repeats; round += 1) for (const peer of PEERS) measure(peer);
  const totals = new Set([...found.values()].flat().map((result) => JSON.stringify(result.totals)));
  if (totals.size !== 1) throw new Error(`totals differ:\n${[...totals].join('\n')}`);
  report();
} finally {
  if (process.argv.includes('--keep')) console.log(`CSV in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

function measure(peer: string): void {
  const script = fileURLToPath(new URL(`./${peer}.ts`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, folder], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  if (status === 3) {
    console.log(`${peer} left out: ${stderr.trim()}`);
    return;
  }
  if (status !== 0) throw new Error(`${peer}: ${stderr}`);
  found.set(peer, [...(found.get(peer) ?? []), JSON.parse(stdout) as PeerResult]);
}

/** One line per program: medians, and how many times Plumbline's. */
function report(): void {
  const of = (name: string, value: (result: PeerResult) => number) =>
    median((found.get(name) ?? []).map(value));
  const own = { wall: of('plumbline', ({ wall }) => wall), cpu: of('plumbline', ({ cpu }) => cpu) };
  const alone = {
    wall: of('plumbline', ({ reconcile }) => reconcile?.wall ?? 0),
    cpu: of('plumbline', ({ reconcile }) => reconcile?.cpu ?? 0),
  };
  console.log(
    `${sessions} sessions, medians of ${repeats}; reconcile alone ${alone.wall.toFixed(2)} s wall, ${alone.cpu.toFixed(2)} s CPU`,
  );
  for (const name of found.keys()) {
    const [wall, cpu] = [of(name, (result) => result.wall), of(name, (result) => result.cpu)];
    const times = (value: number, by: number) => `${(value / by).toFixed(2)} x`;
    console.log(
      `${name}: ${wall.toFixed(2)} s wall (${times(wall, own.wall)} ingest and reconcile, ${times(wall, alone.wall)} reconcile), ${cpu.toFixed(2)} s CPU (${times(cpu, own.cpu)}, ${times(cpu, alone.cpu)})`,
    );
  }
}
