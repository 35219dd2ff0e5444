import type { Evidence } from '#core/domain/case.ts';
import { hashOf, type Json } from '#core/domain/hash.ts';

/** A reply as a JSON object. */
export type ReplyContent = { readonly [key: string]: Json };

/** `ev-` and 12 hex digits of the hash of the content: the same reply has the same name in every run. */
export function evidenceIdOf(content: ReplyContent): string {
  return `ev-${hashOf(content).slice(0, 12)}`;
}

/** The reply with its name in front, as an agent sees it. */
export function withEvidenceId(content: ReplyContent): ReplyContent {
  return { evidenceId: evidenceIdOf(content), ...content };
}

/**
 * Evidence from a reply that an agent was shown. Undefined where the text is no reply with an id (an error), or
 * where the id is not the hash of the rest: then it was changed on the way and proves nothing. A draft is no
 * evidence either: its words are the agent's own.
 */
export function evidenceFrom(
  reply: string,
  call: { readonly caseId: string; readonly tool: string; readonly input: Json },
): Evidence | undefined {
  const parsed = parseObject(reply);
  if (parsed === undefined) return undefined;
  const { evidenceId, ...content } = parsed;
  if (typeof evidenceId !== 'string' || evidenceId !== evidenceIdOf(content)) return undefined;
  if (content.draft === true) return undefined;
  return { evidenceId, ...call, content, hash: hashOf(content) };
}

function parseObject(text: string): ReplyContent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as ReplyContent)
      : undefined;
  } catch {
    return undefined;
  }
}
