/**
 * A decimal as the warehouse returns it, without zeros that say nothing: `12.340000` is `12.34`, `5.000000` is
 * `5.00`, `0.012500` is `0.0125`. At least two decimals; the value is the same. Null becomes `0.00`.
 */
export function plainDecimal(value: unknown): string {
  const [whole = '0', fraction = ''] = String(value ?? '0').split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** The decimal without its sign. */
export function unsigned(decimal: string): string {
  return decimal.replace(/^-/, '');
}
