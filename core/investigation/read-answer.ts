import type { z } from 'zod';

/** An answer in its form, or what is wrong with the text, in words that can be sent back to the agent. */
export type AnswerReading<T> =
  | { readonly ok: true; readonly answer: T }
  | { readonly ok: false; readonly problem: string };

/** Reads an agent's final text: one JSON object of that form, with or without a Markdown fence around it. */
export function readAnswer<T>(text: string, form: z.ZodType<T>): AnswerReading<T> {
  const json = parse(text.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, '$1'));
  if (json === undefined) return { ok: false, problem: 'The answer is not one JSON object.' };
  const parsed = form.safeParse(json);
  if (parsed.success) return { ok: true, answer: parsed.data };
  const issues = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  return { ok: false, problem: `The answer does not have the required form. ${issues.join('; ')}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
