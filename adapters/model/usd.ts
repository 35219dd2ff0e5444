/** What a model costs, in US dollars for a million tokens, as decimal strings with up to six places. */
export interface ModelPrice {
  readonly inputUsdPerMillion: string;
  readonly outputUsdPerMillion: string;
}

/** Picodollars: a millionth of a dollar's millionth, so that a token times its price is a whole number. */
const PICO_PER_USD = 10n ** 12n;

/** The form of prices and limits. */
export const USD_PATTERN = /^\d{1,12}(\.\d{1,6})?$/;

/** A decimal string of dollars in picodollars. Throws a RangeError when it does not have the form of USD_PATTERN. */
export function picodollars(usd: string): bigint {
  if (!USD_PATTERN.test(usd)) throw new RangeError(`Not an amount of US dollars: ${JSON.stringify(usd)}`);
  const [whole = '0', places = ''] = usd.split('.');
  return BigInt(whole) * PICO_PER_USD + BigInt(places.padEnd(12, '0'));
}

/** What so many tokens cost, in picodollars, exactly. */
export function costOf(
  price: ModelPrice,
  tokens: { readonly inputTokens: number; readonly outputTokens: number },
): bigint {
  const perMillion =
    BigInt(tokens.inputTokens) * picodollars(price.inputUsdPerMillion) +
    BigInt(tokens.outputTokens) * picodollars(price.outputUsdPerMillion);
  // Prices have six places at most, so a millionth of them is whole.
  return perMillion / 1_000_000n;
}

/** Picodollars as a decimal string of dollars, without trailing zeros. */
export function usdText(pico: bigint): string {
  const places = (pico % PICO_PER_USD).toString().padStart(12, '0').replace(/0+$/, '');
  return `${pico / PICO_PER_USD}${places === '' ? '' : `.${places}`}`;
}
