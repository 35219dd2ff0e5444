import { sha256 } from '#core/domain/hash.ts';
import { readRecords, scoreAnswers, textOf } from '#core/learning/evaluation.ts';
import type { ChatModel } from '#core/ports/chat-model.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { EvaluateModelInput, EvaluateModelOutput } from './schema.ts';

/** What the tool needs. */
export interface EvaluateModelPorts {
  readonly runs: RunStore;
  readonly chat: ChatModel;
}

/** How long a model may think about one case. */
const SECONDS_PER_CASE = 120;

/**
 * Asks a model every held-back case, one after the other, and scores what it says by state, not wording: cause,
 * remedy, and whether every figure stands in the evidence. A case that fails counts as wrong. Throws RunNotFound
 * where there are no records, ToolInputInvalid where a line is none.
 */
export async function evaluateModel(
  input: EvaluateModelInput,
  ports: EvaluateModelPorts,
): Promise<EvaluateModelOutput> {
  const { modelId, heldBackKey } = input;
  const records = readRecords(await ports.runs.readText(heldBackKey));
  const answers: (string | undefined)[] = [];
  for (const record of records) {
    const system = record.system.map(({ text }) => text).join('\n');
    const user = textOf(record, 'user');
    const signal = AbortSignal.timeout(SECONDS_PER_CASE * 1_000);
    answers.push(await ports.chat.answer({ modelId, system, user, signal }).catch(() => undefined));
  }
  const answersKey = heldBackKey.replace('held-back.jsonl', `answers-${sha256(modelId).slice(0, 12)}.jsonl`);
  const lines = answers.map((answer) => `${JSON.stringify({ modelId, answer: answer ?? null })}\n`);
  await ports.runs.write(answersKey, lines.join(''));
  const failed = answers.filter((answer) => answer === undefined).length;
  return { modelId, report: scoreAnswers(records, answers), failed, answersKey };
}
