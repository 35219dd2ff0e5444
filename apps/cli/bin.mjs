#!/usr/bin/env node
// Starts the CLI under the Node that the project pins, whatever Node the machine has.
// Plain JavaScript on purpose: an older Node must be able to read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const REQUIRED_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR) {
  // Tool logs are for operators; on a laptop they would drown the progress.
  process.env.POWERTOOLS_LOG_LEVEL ??= process.argv.includes('--debug') ? 'WARN' : 'SILENT';
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  const windows = process.platform === 'win32';
  const pinned = fileURLToPath(
    new URL(`../../node_modules/node/bin/node${windows ? '.exe' : ''}`, import.meta.url),
  );
  if (!existsSync(pinned)) {
    process.stderr.write(
      `PL1001 Node ${REQUIRED_MAJOR} is needed and this is ${process.version}. Next: npm ci (it brings Node ${REQUIRED_MAJOR} along)\n`,
    );
    process.exitCode = 2;
  } else {
    const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
    });
  }
}
