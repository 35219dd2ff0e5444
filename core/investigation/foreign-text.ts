import type { Evidence } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import { withoutQuotes } from './prose.ts';

/** Fields of replies that hold what others wrote: change and dispute texts, passages of contracts, ids of a source. */
const FOREIGN_FIELDS: ReadonlySet<string> = new Set(['description', 'text', 'recordId']);

/** So many words in a row are not alike by chance. */
const WORDS_ALIKE = 4;

/** What outsiders wrote, as far as the evidence shows it. */
export function foreignTexts(evidence: readonly Pick<Evidence, 'content'>[]): string[] {
  const found: string[] = [];
  const walk = (value: Json, key: string): void => {
    if (typeof value === 'string') {
      if (FOREIGN_FIELDS.has(key)) found.push(plain(value));
    } else if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) walk(item, key);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) walk(member, name);
    }
  };
  for (const { content } of evidence) walk(content, '');
  return found;
}

/** Why a sentence is none of the agent's own, where it repeats a foreign text word for word without quoting it. */
export function repeatsForeign(sentence: string, foreign: readonly string[]): string | undefined {
  const said = plain(withoutQuotes(sentence));
  if (said.split(' ').length < WORDS_ALIKE) return undefined;
  return foreign.some((text) => text.includes(said))
    ? 'it repeats a foreign text without quoting it'
    : undefined;
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
