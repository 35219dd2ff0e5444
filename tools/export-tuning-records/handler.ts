import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { exportTuningRecordsInput } from './schema.ts';
import { type ExportTuningRecordsPorts, exportTuningRecords } from './tool.ts';

/** The Lambda behind the state that writes the fine-tuning records. */
export function handlerWith(ports: ExportTuningRecordsPorts) {
  return toolHandler('export-tuning-records', exportTuningRecordsInput, (input) =>
    exportTuningRecords(input, ports),
  );
}
