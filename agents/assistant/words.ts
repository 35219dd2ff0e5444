/** Words of a question in small letters; ids keep their signs. */
export function wordsOf(question: string): string[] {
  return question
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’']s\b/g, ' ')
    .split(/[^\p{L}\p{N}-]+/u)
    .filter((word) => word !== '');
}

/** How far a word may be from one that is known, by its length: short words must be right. */
const tolerance = (word: string): number => (word.length < 5 ? 0 : word.length < 8 ? 1 : 2);

/**
 * The known word that is meant, or the word as it is: one letter wrong, missing, doubled or swapped in words of five
 * letters and more, two from eight on. A word that is near to two known ones is left alone.
 */
export function corrected(word: string, known: ReadonlySet<string>): string {
  const allowed = tolerance(word);
  if (known.has(word) || allowed === 0 || /\d/.test(word)) return word;
  let best = word;
  let bestDistance = allowed + 1;
  let isTie = false;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > allowed || candidate.length < 4) continue;
    const far = distance(word, candidate);
    if (far > bestDistance) continue;
    isTie = far === bestDistance;
    best = candidate;
    bestDistance = far;
  }
  return bestDistance > allowed || isTie ? word : best;
}

/** Damerau-Levenshtein distance, neighbours swapped count one. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
