import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Measurement } from './benchmark.ts';

/** Runs every `*.bench.ts` of this folder (or those whose name contains an argument) and rewrites docs/benchmarks.md. */
const folder = fileURLToPath(new URL('.', import.meta.url));
const report = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const wanted = process.argv.slice(2);

const sections = new Map<string, string>();
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.bench.ts') || (wanted.length > 0 && !wanted.some((word) => file.includes(word))))
    continue;
  const { benchmark }: { benchmark: Benchmark } = await import(new URL(file, import.meta.url).href);
  process.stderr.write(`${benchmark.name}\n`);
  const rows = await benchmark.run((text) => process.stderr.write(`  ${text}\n`));
  sections.set(benchmark.name, sectionOf(benchmark.name, rows));
  process.stdout.write(`${sections.get(benchmark.name)}\n`);
}
writeFileSync(report, reportOf(sections));

function sectionOf(name: string, rows: readonly Measurement[]): string {
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const cells = rows.map(
    (row) => `| ${row.work} | ${row.baseline ?? '–'} | ${figure(row.value)} ${row.unit} | ${row.goal} |`,
  );
  return [
    `## ${name}`,
    '',
    `${day}, ${machine}.`,
    '',
    '| work | baseline | measured | goal |',
    '|---|---|---|---|',
    ...cells,
    '',
  ].join('\n');
}

/** Keeps the sections that were not measured this time. */
function reportOf(measured: ReadonlyMap<string, string>): string {
  const kept = new Map<string, string>();
  try {
    for (const section of readFileSync(report, 'utf8')
      .split(/^(?=## )/m)
      .slice(1)) {
      kept.set(section.slice(3, section.indexOf('\n')), section.trimEnd().concat('\n'));
    }
  } catch {
    // No report yet.
  }
  for (const [name, section] of measured) kept.set(name, section);
  const intro =
    '# Benchmarks\n\nWritten by `npm run bench`. Ratios compare with a baseline measured in the same run; a figure without a baseline\ndepends on the machine named beside it. Nothing here is asserted by a test.\n';
  return `${[intro, ...[...kept.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, section]) => section)].join('\n')}`;
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
