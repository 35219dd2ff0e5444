/** Cuts a document into passages that know where they stand in it. */

export interface Passage {
  /** Offsets in the document in UTF-16 units, end exclusive: `document.slice(start, end) === text`. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Chunking {
  /** Longest passage, in tokens of four characters. Infinity keeps a document whole. */
  readonly maxTokens: number;
  /** How much of a passage is repeated at the start of the next one, in percent. */
  readonly overlapPercentage: number;
}

/** Bedrock's default: about 300 tokens, 20 % overlap. */
export const DEFAULT_CHUNKING: Chunking = { maxTokens: 300, overlapPercentage: 20 };

const CHARACTERS_PER_TOKEN = 4;

/**
 * Cuts at the end of paragraphs and sentences, and inside a sentence only where it is longer than a passage.
 * Every character that is not white space at an edge stands in at least one passage.
 */
export function chunk(document: string, chunking: Chunking): readonly Passage[] {
  const limit = chunking.maxTokens * CHARACTERS_PER_TOKEN;
  const overlap = Math.floor((limit * chunking.overlapPercentage) / 100);
  const units = unitsOf(document, limit);
  const passages: Passage[] = [];
  let first = 0;
  while (first < units.length) {
    let last = first;
    const start = units[first]?.start ?? 0;
    while (last + 1 < units.length && (units[last + 1]?.end ?? 0) - start <= limit) last += 1;
    const passage = trimmed(document, start, units[last]?.end ?? document.length);
    if (passage !== undefined) passages.push(passage);
    if (last === units.length - 1) break;
    first = overlapStart(units, first, last, overlap);
  }
  return passages;
}

interface Unit {
  readonly start: number;
  readonly end: number;
}

/** Sentences with the white space behind them; what is longer than `limit` is cut at `limit`. */
function unitsOf(document: string, limit: number): readonly Unit[] {
  const units: Unit[] = [];
  for (const match of document.matchAll(/[\s\S]+?(?:[.!?:;](?=\s)\s+|\n\s*\n|$(?![\s\S]))/g)) {
    for (let start = match.index; start < match.index + match[0].length; start += limit) {
      units.push({ start, end: Math.min(start + limit, match.index + match[0].length) });
    }
  }
  return units;
}

/** The first unit of the next passage: as far back as the overlap allows, but always further than before. */
function overlapStart(units: readonly Unit[], first: number, last: number, overlap: number): number {
  const end = units[last]?.end ?? 0;
  let next = last + 1;
  while (next - 1 > first && end - (units[next - 1]?.start ?? 0) <= overlap) next -= 1;
  return next;
}

function trimmed(document: string, start: number, end: number): Passage | undefined {
  const text = document.slice(start, end);
  const from = start + (text.length - text.trimStart().length);
  const kept = text.trim();
  return kept === '' ? undefined : { start: from, end: from + kept.length, text: kept };
}
