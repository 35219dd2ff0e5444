import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Plugin } from 'esbuild';

/** `new URL('./match.sql', import.meta.url)`: how code names the SQL that stands beside it. */
const SQL_URL = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+\.sql)\1,\s*import\.meta\.url,?\s*\)/g;

/**
 * In a bundle all code has one place, so that `./match.sql` of every control would be the same file. This names each
 * SQL file by its path from the root of the repository instead, and remembers which ones are to be copied. Throws on
 * any other use of `import.meta.url` in the repository: it would point to nothing.
 */
export function sqlFiles(root: string): { readonly plugin: Plugin; readonly paths: Set<string> } {
  const paths = new Set<string>();
  const plugin: Plugin = {
    name: 'sql-files',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const name = relative(root, path).split(sep).join('/');
        if (name.startsWith('..') || name.startsWith('node_modules/')) return undefined;
        const contents = (await readFile(path, 'utf8')).replace(SQL_URL, (_whole, _quote, file: string) => {
          const sql = relative(root, resolve(dirname(path), file))
            .split(sep)
            .join('/');
          paths.add(sql);
          return `new URL('./${sql}', import.meta.url.toString())`;
        });
        if (/import\.meta\.url(?!\.toString\(\))/.test(contents))
          throw new Error(
            `${name} uses import.meta.url for something else than an SQL file: it cannot be bundled`,
          );
        return { contents, loader: 'ts' };
      });
    },
  };
  return { plugin, paths };
}
