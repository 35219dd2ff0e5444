import { RUN_FILES } from '#core/domain/run.ts';

/** Key of a run's file in the run store. */
export function runFile(runId: string, file: keyof typeof RUN_FILES | 'members'): string {
  return `runs/${runId}/${file === 'members' ? 'finding_members.parquet' : RUN_FILES[file]}`;
}

/** Key under which the whole trace of an investigation is kept. */
export function traceFile(runId: string, caseId: string): string {
  return `runs/${runId}/traces/${caseId}.json`;
}
