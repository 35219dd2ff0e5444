/** Longer texts are not compared by distance: the work grows with the product of their lengths. */
export const MAX_COMPARED_LENGTH = 2000;

/** The text as texts are compared: composed (Unicode NFC) and in lower case. */
export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/**
 * Levenshtein distance: the least number of characters (code points) to insert, remove or replace to make one text
 * the other. Each costs 1. Source: V. I. Levenshtein, Soviet Physics Doklady 10 (1966) 707; two rows of Wagner-Fischer.
 */
export function editDistance(a: readonly string[], b: readonly string[]): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
