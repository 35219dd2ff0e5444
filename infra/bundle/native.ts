import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { cp, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Processor of a Lambda function. */
export type Architecture = 'x64' | 'arm64';

/** `e_machine` of an ELF file. */
const MACHINES: Readonly<Record<number, Architecture>> = { 62: 'x64', 183: 'arm64' };

/**
 * Copies DuckDB's native packages for Linux on a processor into a function's `node_modules`. Those that are not
 * installed here, because this machine is another one, are fetched by npm in the version and with the hash of
 * package-lock.json. Throws when the files are for another processor than asked for.
 */
export async function copyNative(
  root: string,
  architecture: Architecture,
  folder: string,
  cache: string,
): Promise<void> {
  const platform = `@duckdb/node-bindings-linux-${architecture}`;
  const from = installed(root, platform) ?? fetched(root, platform, architecture, cache);
  const plain = { recursive: true, filter: (path: string) => !/\.d\.ts$|README\.md$/.test(path) } as const;
  await cp(
    join(root, 'node_modules/@duckdb/node-bindings'),
    join(folder, 'node_modules/@duckdb/node-bindings'),
    plain,
  );
  await cp(from, join(folder, 'node_modules', platform), plain);
  // How the binding tells glibc from musl.
  await cp(join(root, 'node_modules/detect-libc'), join(folder, 'node_modules/detect-libc'), plain);
  for (const file of ['duckdb.node', 'libduckdb.so']) {
    const found = await machineOf(join(folder, 'node_modules', platform, file));
    if (found !== architecture)
      throw new Error(`${platform}/${file} is for ${found}, not for ${architecture}`);
  }
}

/** The processor that a native file was made for. */
export async function machineOf(path: string): Promise<Architecture | 'something else'> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
    const isElf = buffer.toString('latin1', 0, 4) === '\x7fELF';
    return (isElf ? MACHINES[buffer.readUInt16LE(18)] : undefined) ?? 'something else';
  } finally {
    await file.close();
  }
}

function installed(root: string, name: string): string | undefined {
  const path = join(root, 'node_modules', name);
  return existsSync(path) ? path : undefined;
}

function fetched(root: string, name: string, architecture: Architecture, cache: string): string {
  const wanted = lockedPackage(join(root, 'package-lock.json'), name);
  const lock = join(cache, 'node_modules/.package-lock.json');
  const known = existsSync(lock) && lockedPackage(lock, name).integrity === wanted.integrity;
  if (known) return join(cache, 'node_modules', name);
  mkdirSync(cache, { recursive: true });
  // Asked for by its own name npm would refuse it here; as an optional dependency it goes by the processor named.
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save'];
  const target = ['--os', 'linux', '--cpu', architecture, '--libc', 'glibc'];
  execFileSync(
    'npm',
    ['install', '--prefix', cache, ...flags, ...target, `@duckdb/node-bindings@${wanted.version}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  const got = lockedPackage(lock, name);
  if (got.integrity !== wanted.integrity)
    throw new Error(`${name} has the hash ${got.integrity}, package-lock.json says ${wanted.integrity}`);
  return join(cache, 'node_modules', name);
}

function lockedPackage(lock: string, name: string): { readonly version: string; readonly integrity: string } {
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const own = packages[`node_modules/${name}`];
  if (own === undefined) throw new Error(`${lock} does not list ${name}`);
  return own;
}
