/** A number as it stands in JSON text: `JSON.parse` alone would round 0.1 and 12345678901234567890 to floats. */
export class NumberLiteral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** JSON with numbers as NumberLiteral. Throws a SyntaxError as JSON.parse does. */
export function parseLiteralJson(text: string): unknown {
  // The third parameter (ES2026, Node 21 and later) is not in the library's types yet.
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === 'number' ? new NumberLiteral(source ?? String(value)) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}
