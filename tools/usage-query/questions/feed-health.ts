import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { parseDay, parsePeriod } from '#core/domain/period.ts';
import type { Selection } from '../selection.ts';

const EVENT_DATASETS = ['usage', 'rated', 'billed'] as const satisfies readonly DatasetName[];
const SLOTS_SHOWN = 20;

/** Missing files, rejected records and controls that could not look, for the period of the run. */
export async function feedHealth(selection: Selection): Promise<ReplyContent> {
  const { view, finding } = selection;
  const period = parsePeriod(finding.period);
  const quarantined = [];
  for (const dataset of EVENT_DATASETS) {
    const rows = await view.ports.lake.quarantined(dataset, parseDay(period.from), parseDay(period.to));
    for (const { fileId, reason, records } of rows)
      quarantined.push({ dataset, file: fileId, reason, records });
  }
  const missing = view.manifest.coverage.filter((feed) => feed.missing.length > 0);
  return {
    feedsChecked: view.manifest.coverage.filter((feed) => feed.declared).length,
    complete: missing.length === 0,
    missing: missing.map((feed) => ({
      dataset: feed.dataset,
      slotsMissing: feed.missing.length,
      slots: feed.missing.slice(0, SLOTS_SHOWN),
    })),
    quarantinedRecords: quarantined.reduce((sum, { records }) => sum + records, 0),
    quarantined: quarantined.slice(0, SLOTS_SHOWN),
    couldNotLook: view.manifest.controls
      .filter(({ partitions }) => partitions.inconclusive + partitions.error > 0)
      .map(({ controlId, partitions, reasons }) => ({
        controlId,
        partitions: partitions.inconclusive + partitions.error,
        reasons: reasons.slice(0, 5),
      })),
    more: quarantined.length > SLOTS_SHOWN,
  };
}
