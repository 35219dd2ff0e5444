import { userInfo } from 'node:os';
import { AGENTS } from '#agents/registry.ts';
import type { Case } from '#core/domain/case.ts';
import { judgedCases } from '#core/learning/judged-cases.ts';
import { type Precedent, precedentsOf } from '#core/learning/precedents.ts';
import { recordVerdict, type VerdictRequest } from '#core/learning/record-verdict.ts';
import { type TuningExport, tuningExport } from '#core/learning/tuning-records.ts';
import type { Stores } from './stores.ts';

/** Who judges: the name given, else `$PLUMBLINE_USER`, else the login name. */
export function personOf(given: string | undefined): string {
  return given ?? process.env.PLUMBLINE_USER ?? userInfo().username;
}

/** Records a verdict; throws what `recordVerdict` throws. */
export function judge(stores: Stores, request: VerdictRequest): Promise<Case> {
  return recordVerdict(request, stores);
}

/** How often each kind of change was right for a symptom of a control. */
export async function precedents(stores: Stores): Promise<Precedent[]> {
  return precedentsOf(await judgedCases(stores.cases));
}

/** Fine-tuning records of the investigator over all judged cases. */
export async function tuningRecords(
  stores: Stores,
  tokenise: (text: string, caseId: string) => string,
): Promise<TuningExport> {
  const instruction = AGENTS.find(({ name }) => name === 'investigator')?.instruction ?? '';
  return tuningExport(await judgedCases(stores.cases), instruction, tokenise);
}
