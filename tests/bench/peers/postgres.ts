/**
 * `node postgres.ts <folder>`: the work in PostgreSQL with its load by COPY, in a cluster of its own under /tmp without
 * durability. Needs the server's programs (Debian: `apt-get install postgresql-15`); without them it says so and ends
 * with 3. CPU is that of the server and everything it started.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { csvOf } from './data.ts';
import { print, totalsOf, workSql } from './totals.ts';

const BIN = process.env.PLUMBLINE_BENCH_POSTGRES ?? '/usr/lib/postgresql/15/bin';
const LOADED = ['usage', 'billed', 'subscription', 'catalog', 'zone', 'tariff'] as const;
const [folder = ''] = process.argv.slice(2);

if (!existsSync(join(BIN, 'initdb'))) {
  process.stderr.write(
    `PostgreSQL 15 is not in ${BIN}: install it, or set PLUMBLINE_BENCH_POSTGRES to the folder of initdb.\n`,
  );
  process.exit(3);
}

/** The server refuses root, so root runs it as the user that the package made. */
const AS = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
function commandOf(program: string, args: readonly string[]): [string, string[]] {
  const [first = '', ...rest] = [...AS, join(BIN, program), ...args];
  return [first, rest];
}

const SETTINGS = {
  // Without statistics of the common table expressions it would choose nested loops.
  enable_nestloop: 'off',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  shared_buffers: '1GB',
  work_mem: '256MB',
  maintenance_work_mem: '512MB',
  max_wal_size: '8GB',
  listen_addresses: '',
};

/** Columns as in the header of a CSV; those that the work does not use are loaded as text, as they stand. */
function tableOf(name: (typeof LOADED)[number]): string {
  const header = readFileSync(csvOf(folder, name), { encoding: 'utf8' }).split('\n', 1)[0] ?? '';
  const types: Readonly<Record<string, string>> = {
    amount: 'NUMERIC(18,6)',
    price_per_increment: 'NUMERIC(18,6)',
    connect_fee: 'NUMERIC(18,6)',
    quantity: 'BIGINT',
    increment: 'BIGINT',
    session_start: 'TIMESTAMPTZ',
    valid_from: 'TIMESTAMPTZ',
    valid_to: 'TIMESTAMPTZ',
  };
  const columns = header.split(',').map((column) => `${column} ${types[column] ?? 'TEXT'}`);
  return `CREATE UNLOGGED TABLE ${name} (${columns.join(', ')});
    \\copy ${name} FROM '${csvOf(folder, name)}' (FORMAT csv, HEADER)`;
}

/** The work, with money turned into millionths where it is read. */
function script(): string {
  const sql = workSql((column) => `(EXTRACT(EPOCH FROM ${column})::BIGINT / 3600)`)
    .replace(
      't.price_per_increment + t.connect_fee',
      '(t.price_per_increment * 1000000)::BIGINT + (t.connect_fee * 1000000)::BIGINT',
    )
    .replace(
      'min(amount) AS amount, sum(amount) AS total',
      'min((amount * 1000000)::BIGINT) AS amount, sum((amount * 1000000)::BIGINT)::BIGINT AS total',
    )
    .replace('sum(quantity) AS quantity', 'sum(quantity)::BIGINT AS quantity');
  return [`SET TimeZone = 'UTC';`, ...LOADED.map(tableOf), 'ANALYZE;', `${sql};`].join('\n');
}

/** CPU seconds of a process and of its children that have ended, from /proc (100 ticks a second). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

const home = mkdtempSync(join(tmpdir(), 'plumbline-bench-postgres-'));
const data = join(home, 'data');
const scriptPath = join(home, 'work.sql');
writeFileSync(scriptPath, script());
if (AS.length > 0) execFileSync('chown', ['-R', 'postgres', home]);
execFileSync(
  ...commandOf('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8']),
);
const settings = Object.entries({ ...SETTINGS, unix_socket_directories: home }).flatMap(([name, value]) => [
  '-c',
  `${name}=${value}`,
]);
const server = spawn(...commandOf('postgres', ['-D', data, ...settings]), { stdio: 'ignore' });
const ended = new Promise((resolve) => server.once('exit', resolve));
const pidFile = join(data, 'postmaster.pid');
try {
  while (!existsSync(pidFile) || !readFileSync(pidFile, 'utf8').includes('ready')) await pause(50);
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
  const cpuBefore = cpuOf(pid);
  const started = performance.now();
  const psql = [
    '-h',
    home,
    '-U',
    'postgres',
    '-d',
    'postgres',
    '-X',
    '-q',
    '-A',
    '-t',
    '-F',
    ',',
    '-v',
    'ON_ERROR_STOP=1',
  ];
  const output = execFileSync(join(BIN, 'psql'), [...psql, '-f', scriptPath], { encoding: 'utf8' });
  const wall = (performance.now() - started) / 1000;
  // The session's process is counted once the server has seen it end.
  await pause(300);
  print({ totals: totalsOf(output.trim().split(',')), wall, cpu: cpuOf(pid) - cpuBefore });
} finally {
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]), 'SIGINT');
  await ended;
  rmSync(home, { recursive: true, force: true });
}
