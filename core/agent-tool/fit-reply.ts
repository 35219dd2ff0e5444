import type { Json } from '#core/domain/hash.ts';
import { AgentToolError } from './errors.ts';
import type { ReplyContent } from './evidence.ts';

/** Bytes of a whole response that a tool may return. Bedrock refuses more than 25 KB; the rest is margin. */
export const MAX_RESPONSE_BYTES = 24_000;

/**
 * The content, or a shorter one that fits: the longest list loses its last half until it does, and `more: true`
 * says so. Throws AgentToolError REPLY_TOO_LARGE when nothing is left to shorten.
 */
export function fitReply(content: ReplyContent, sizeOf: (content: ReplyContent) => number): ReplyContent {
  let fitted = content;
  while (sizeOf(fitted) > MAX_RESPONSE_BYTES) {
    const longest = longestList(fitted);
    if (longest === undefined) {
      throw new AgentToolError('REPLY_TOO_LARGE', 'The reply is too large. Narrow the question.');
    }
    const list = fitted[longest] as readonly Json[];
    fitted = { ...fitted, [longest]: list.slice(0, list.length >> 1), more: true };
  }
  return fitted;
}

function longestList(content: ReplyContent): string | undefined {
  let longest: { key: string; bytes: number } | undefined;
  for (const [key, value] of Object.entries(content)) {
    if (!Array.isArray(value) || value.length === 0) continue;
    const bytes = JSON.stringify(value).length;
    if (longest === undefined || bytes > longest.bytes) longest = { key, bytes };
  }
  return longest?.key;
}
