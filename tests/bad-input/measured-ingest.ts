import { ingestPath } from '#adapters/local/ingest.ts';
import { peakMegabytes } from '../support/peak-memory.ts';

/** Ingests in a process of its own and prints what it took: `node measured-ingest.ts '<request as JSON>'`. */
const started = performance.now();
const { ingested, refused, rows, quarantined, reasons, files } = await ingestPath(
  JSON.parse(process.argv[2] ?? '{}'),
);
const usage = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    ingested,
    refused,
    rows,
    quarantined,
    reasons,
    errors: files.flatMap((file) => (file.error ? [file.error.name] : [])).slice(0, 10),
    seconds: Math.round((performance.now() - started) / 1000),
    cpuSeconds: Math.round((usage.userCPUTime + usage.systemCPUTime) / 1e6),
    peakMb: Math.round(peakMegabytes()),
  }),
);
