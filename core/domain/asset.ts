/**
 * A scaled asset: a currency and the number of decimals that one minor unit stands for.
 * `EUR/2` counts cents, `EUR/6` counts millionths of a euro, `XDR/4` ten-thousandths of an SDR.
 */
export type Asset = `${string}/${number}`;

/** The asset in which the lake keeps charges: DECIMAL(18,6). */
export const LAKE_SCALE = 6;

/** Splits an asset into currency and scale. Throws a RangeError when it is not of the form `CUR/scale`. */
export function parseAsset(asset: Asset): { currency: string; scale: number } {
  const match = /^([A-Z]{3})\/(\d{1,2})$/.exec(asset);
  if (!match?.[1] || !match[2]) throw new RangeError(`Asset ${asset} is not of the form EUR/2`);
  return { currency: match[1], scale: Number(match[2]) };
}

/** Joins a currency code and a scale: `assetOf('EUR', 6)` is `EUR/6`. */
export function assetOf(currency: string, scale: number): Asset {
  return `${currency}/${scale}`;
}
