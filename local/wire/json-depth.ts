/** Bounds how deep a JSON text may nest: parsing takes any depth, but walking and writing the value back do not. */

/** Deeper than any document of these services, and far from the stack of this process. */
export const MAX_JSON_DEPTH = 1_000;

/** Whether the text nests lists and objects deeper than {@link MAX_JSON_DEPTH}. The text need not be valid JSON. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (inText) {
      if (char === '\\') index += 1;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === '[' || char === '{') {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (char === ']' || char === '}') depth -= 1;
  }
  return false;
}
