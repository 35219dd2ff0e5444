import { parseAsset } from '#core/domain/asset.ts';
import {
  decimalString,
  fromMoneyJson,
  type Money,
  type MoneyJson,
  parseMoney,
  rescale,
} from '#core/domain/money.ts';

/** `EUR 1,234.56`: rounded half up to two decimals for reading; JSON keeps the exact amount. */
export function showMoney(amount: Money | MoneyJson, withCurrency = true): string {
  const exact = typeof amount.minor === 'bigint' ? (amount as Money) : fromMoneyJson(amount as MoneyJson);
  const text = groupThousands(decimalString(rescale(exact, 2, 'half_up')));
  return withCurrency ? `${parseAsset(exact.asset).currency} ${text}` : text;
}

/** The same for a decimal string with six decimals, as controls and manifests carry it. */
export function showDecimal(decimal: string, currency = 'EUR', withCurrency = true): string {
  return showMoney(parseMoney(decimal, `${currency}/6`), withCurrency);
}

/** `1,234,567`. */
export function showCount(value: number | bigint): string {
  return groupThousands(value.toString());
}

/** `97.3 %` of a ratio, or `–` where there is nothing to divide by. */
export function showShare(ratio: number | null): string {
  if (ratio === null) return '–';
  // Down to hundredths of a percent: what is not all of it never reads as 100 %.
  return `${(Math.floor(ratio * 10_000 + 1e-9) / 100).toFixed(2)} %`;
}

function groupThousands(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
