import type { AgentConclusion, Evidence } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf, type Json } from '#core/domain/hash.ts';
import { factsById } from '#core/investigation/check-claims.ts';
import { readConclusion } from '#core/investigation/conclusion.ts';
import { verifyConclusion } from '#core/investigation/verify-conclusion.ts';
import type { TuningRecord } from './tuning-records.ts';

/** How many of the held-back cases a model got right. Counts, never shares: two models answer the same cases. */
export interface ModelReport {
  readonly cases: number;
  /** Answers that have the form of a conclusion. */
  readonly formed: number;
  /** Cause found where there is one, by the same change; silent where there is none. */
  readonly causeRight: number;
  readonly remedyRight: number;
  /** Answers of which the check removed nothing. */
  readonly supported: number;
}

/** Reads held-back records. Throws ToolInputInvalid on a line that is none. */
export function readRecords(text: string): TuningRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      const record = parse(line) as Partial<TuningRecord> | undefined;
      const roles = record?.messages?.map(({ role }) => role).join(' ');
      if (record?.schemaVersion === 'bedrock-conversation-2024' && roles === 'user assistant')
        return record as TuningRecord;
      throw new PlumblineError('ToolInputInvalid', {
        what: 'A line is no tuning record',
        where: `line ${i + 1}`,
        why: 'it needs schemaVersion bedrock-conversation-2024 and a message of the user and of the assistant',
      });
    });
}

/** Scores answers, one for each record in the same order; undefined where the model gave none. */
export function scoreAnswers(
  records: readonly TuningRecord[],
  answers: readonly (string | undefined)[],
): ModelReport {
  const report = { cases: records.length, formed: 0, causeRight: 0, remedyRight: 0, supported: 0 };
  records.forEach((record, i) => {
    const reading = readConclusion(answers[i] ?? '');
    if (!reading.ok) return;
    const wanted = readConclusion(textOf(record, 'assistant'));
    if (!wanted.ok)
      throw new PlumblineError('ToolInputInvalid', { what: wanted.problem, where: `record ${i + 1}` });
    const verified = verifyConclusion(reading.conclusion, factsById(evidenceOf(textOf(record, 'user'))), []);
    report.formed += 1;
    if (sameCause(verified, wanted.conclusion)) report.causeRight += 1;
    if (verified.remedy === wanted.conclusion.remedy) report.remedyRight += 1;
    if (verified.removed.length === 0) report.supported += 1;
  });
  return report;
}

/**
 * Whether a candidate may replace the current model: over the same cases it is worse in nothing, and there were
 * cases at all. Being equal suffices: a tuned model is smaller or cheaper, or it would not have been trained.
 */
export function isNotWorse(current: ModelReport, candidate: ModelReport): boolean {
  return (
    candidate.cases > 0 &&
    candidate.cases === current.cases &&
    candidate.formed >= current.formed &&
    candidate.causeRight >= current.causeRight &&
    candidate.remedyRight >= current.remedyRight &&
    candidate.supported >= current.supported
  );
}

/** The text of the first message of a role. */
export function textOf(record: TuningRecord, role: 'user' | 'assistant'): string {
  const message = record.messages.find((candidate) => candidate.role === role);
  return message?.content.map(({ text }) => text).join('') ?? '';
}

function sameCause(answer: AgentConclusion, wanted: AgentConclusion): boolean {
  if (answer.causeFound !== wanted.causeFound) return false;
  if (!wanted.causeFound) return true;
  // A cause without a change, such as stale reference data, is compared by its words: there is nothing else.
  return wanted.changeId === null ? answer.cause === wanted.cause : answer.changeId === wanted.changeId;
}

/** The replies that a question shows, as evidence to check the answer against. */
function evidenceOf(question: string): Evidence[] {
  return question.split('\n').flatMap((line) => {
    const shown = line.startsWith('{') ? (parse(line) as Record<string, Json> | undefined) : undefined;
    if (shown === undefined || typeof shown.evidenceId !== 'string') return [];
    const { evidenceId, tool, input = null, reply = null } = shown;
    return [{ evidenceId, caseId: '', tool: String(tool), input, content: reply, hash: hashOf(reply) }];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
