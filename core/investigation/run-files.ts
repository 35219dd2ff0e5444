/** Key in the run store under which the whole trace of an investigation is kept. */
export function traceFile(runId: string, caseId: string): string {
  return `runs/${runId}/traces/${caseId}.json`;
}
