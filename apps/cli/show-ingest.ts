import type { IngestSummary } from '#apps/host/ingest.ts';
import { showCount } from './format.ts';
import { tableLines } from './table.ts';

/** How many refused files are named one by one. */
const REFUSED_SHOWN = 20;

/** What an ingest did, as lines of text: per dataset, quarantine by reason, refused files with why. */
export function ingestLines(summary: IngestSummary): string[] {
  const right = 'right' as const;
  const columns = [
    { title: 'DATASET' },
    { title: 'FILES', align: right },
    { title: 'RECORDS', align: right },
    { title: 'QUARANTINED', align: right },
  ];
  const rows = Object.entries(summary.datasets).map(([dataset, total]) => [
    dataset,
    showCount(total.files),
    showCount(total.rows),
    showCount(total.quarantined),
  ]);
  const refused = summary.files.filter((file) => file.outcome === 'refused');
  return [
    ...tableLines(columns, rows),
    '',
    `${showCount(summary.ingested)} files ingested, ${showCount(summary.unchanged)} unchanged, ${showCount(summary.refused)} refused`,
    ...Object.entries(summary.reasons).map(
      ([reason, count]) => `  quarantine  ${showCount(count)} × ${reason}`,
    ),
    ...refused
      .slice(0, REFUSED_SHOWN)
      .map((file) => `  refused     ${file.name}: ${file.error?.code} ${file.error?.message}`),
    ...(refused.length > REFUSED_SHOWN ? [`  … and ${refused.length - REFUSED_SHOWN} more`] : []),
  ];
}
