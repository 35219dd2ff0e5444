/** `npm run bundle [-- --arch x64|arm64] [tool…]`: bundles functions into `dist/functions/<processor>/<tool>`. */
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, deployableTools, ROOT } from './bundle.ts';
import type { Architecture } from './native.ts';

const { values, positionals } = parseArgs({
  options: { arch: { type: 'string', multiple: true, default: ['arm64', 'x64'] } },
  allowPositionals: true,
});
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
const out = join(ROOT, 'dist', 'functions');
for (const architecture of values.arch) {
  if (architecture !== 'x64' && architecture !== 'arm64')
    throw new RangeError(`--arch is x64 or arm64, not ${architecture}`);
  for (const tool of positionals.length > 0 ? positionals : deployableTools()) {
    const made = await bundle(tool, { architecture: architecture satisfies Architecture, out });
    process.stdout.write(
      `${relative(ROOT, made.folder)}: code ${megabytes(made.codeBytes)}, unzipped ${megabytes(made.unzippedBytes)}, zipped ${megabytes(made.zippedBytes)}\n`,
    );
  }
}
