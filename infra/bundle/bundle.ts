import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { type Architecture, copyNative } from './native.ts';
import { sqlFiles } from './sql-files.ts';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Lambda's limits: unzipped with layers, and zipped where it is uploaded directly. */
export const UNZIPPED_LIMIT = 250 * 2 ** 20;
export const ZIPPED_LIMIT = 50 * 2 ** 20;

/** A function as it is deployed: `index.mjs` exports `handler`. */
export interface Bundle {
  readonly tool: string;
  readonly folder: string;
  readonly architecture: Architecture;
  readonly codeBytes: number;
  readonly unzippedBytes: number;
  /** Measured by compressing each file; entries of a zip file add about a hundred bytes per file. */
  readonly zippedBytes: number;
}

/** zod brings its messages in fifty languages, which are a fifth of the code that a cold start reads. */
const ENGLISH_ONLY: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/** Names of the tools whose handler is wired for AWS: those that export `handler`. */
export function deployableTools(): string[] {
  return readdirSync(join(ROOT, 'tools'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) =>
      /^export const handler\b/m.test(readFileSync(join(ROOT, 'tools', name, 'handler.ts'), 'utf8')),
    )
    .sort();
}

/**
 * Bundles the handler of a tool for nodejs24.x: code, SQL beside it under its own path, DuckDB's native
 * packages in `node_modules`. Throws when the function is larger than Lambda takes.
 */
export async function bundle(
  tool: string,
  options: { readonly architecture: Architecture; readonly out: string },
): Promise<Bundle> {
  const { architecture, out } = options;
  const folder = join(out, architecture, tool);
  await rm(folder, { recursive: true, force: true });
  const sql = sqlFiles(ROOT.replace(/[\\/]$/, ''));
  await build({
    entryPoints: { index: join(ROOT, 'tools', tool, 'handler.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    // What is imported only when it is needed stays a module: within one file esbuild would keep all of the SDK.
    splitting: true,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Modules before CommonJS: what is not used of the SDK is left out.
    mainFields: ['module', 'main'],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    external: ['@duckdb/node-bindings', '@duckdb/node-bindings-*'],
    // CommonJS within asks for Node's modules and for the native package by `require`.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    plugins: [sql.plugin, ENGLISH_ONLY],
    logLevel: 'warning',
  });
  for (const path of sql.paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await copyFile(join(ROOT, path), join(folder, path));
  }
  await copyNative(ROOT, architecture, folder, join(out, 'native', architecture));
  return measured({ tool, folder, architecture });
}

function measured(named: Pick<Bundle, 'tool' | 'folder' | 'architecture'>): Bundle {
  const files = readdirSync(named.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const unzippedBytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const zippedBytes = files.reduce((sum, file) => sum + deflatedBytes(file), 0);
  const { tool, architecture } = named;
  if (unzippedBytes > UNZIPPED_LIMIT || zippedBytes > ZIPPED_LIMIT)
    throw new Error(
      `${tool} for ${architecture} is too large for Lambda: ${unzippedBytes} bytes, ${zippedBytes} zipped`,
    );
  const codeBytes = readdirSync(named.folder)
    .filter((name) => name.endsWith('.mjs'))
    .reduce((sum, name) => sum + statSync(join(named.folder, name)).size, 0);
  return { ...named, codeBytes, unzippedBytes, zippedBytes };
}

const deflated = new Map<string, number>();

/** Every function has the same native files, which are large: each is compressed once. */
function deflatedBytes(path: string): number {
  const content = readFileSync(path);
  const name = path.slice(path.lastIndexOf('node_modules'));
  const key = existsSync(path) && content.length > 2 ** 20 ? `${name} ${content.length}` : path;
  const bytes = deflated.get(key) ?? deflateRawSync(content, { level: 6 }).length;
  deflated.set(key, bytes);
  return bytes;
}
