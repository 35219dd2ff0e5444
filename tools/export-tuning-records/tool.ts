import { PlumblineError } from '#core/domain/errors.ts';
import { sha256 } from '#core/domain/hash.ts';
import { judgedCases } from '#core/learning/judged-cases.ts';
import { tuningExport } from '#core/learning/tuning-records.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { ExportTuningRecordsInput, ExportTuningRecordsOutput } from './schema.ts';

/** What the tool needs. */
export interface ExportTuningRecordsPorts {
  readonly cases: CaseStore;
  readonly runs: RunStore;
  /** Instructions of the agents by name. */
  readonly instructions: ReadonlyMap<string, string>;
  /** Replaces every subscriber identifier in a text of a case. */
  readonly tokenise: (text: string, caseId: string) => string;
}

/**
 * Writes the judged cases as fine-tuning records, `learning/<version>/training.jsonl` and `held-back.jsonl`, named by
 * what is in them. Throws UnknownName for an agent that does not exist.
 */
export async function exportTuningRecords(
  input: ExportTuningRecordsInput,
  ports: ExportTuningRecordsPorts,
): Promise<ExportTuningRecordsOutput> {
  const instruction = ports.instructions.get(input.agentName);
  if (instruction === undefined)
    throw new PlumblineError('UnknownName', { what: `No agent is called ${input.agentName}` });
  const made = tuningExport(await judgedCases(ports.cases), instruction, ports.tokenise);
  const version = sha256(`${sha256(made.training)}${sha256(made.heldBack)}`).slice(0, 12);
  const [trainingKey, heldBackKey] = ['training', 'held-back'].map(
    (name) => `learning/${version}/${name}.jsonl`,
  ) as [string, string];
  await ports.runs.write(trainingKey, made.training);
  await ports.runs.write(heldBackKey, made.heldBack);
  return { trainingKey, heldBackKey, version, ...made.counts, leftOut: made.leftOut };
}
