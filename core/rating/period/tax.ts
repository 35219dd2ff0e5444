import { PlumblineError } from '#core/domain/errors.ts';
import { percentOf } from './price.ts';
import type { AmountRounding } from './rounding.ts';

/** The rate of one tax code, in millionths of a percent. */
export interface TaxRate {
  readonly taxCode: string;
  readonly percentMicros: bigint;
  readonly validFrom: number;
  readonly validTo: number | null;
}

/** What is taxed: a line's net amount in millionths; a credit is negative. */
export interface TaxableLine {
  readonly taxCode: string;
  readonly netMicros: bigint;
}

/** How tax is rounded, and where: per line and then summed, or once per code on the sum of the invoice. */
export interface TaxRounding extends AmountRounding {
  readonly point: 'line' | 'invoice';
}

/**
 * Tax per code, in order of code. Throws SchemaMismatch when a code has no rate at the instant, or more than one:
 * tax that is unknown is not zero.
 */
export function taxOf(
  lines: readonly TaxableLine[],
  rates: readonly TaxRate[],
  at: number,
  taxRounding: TaxRounding,
): { readonly taxCode: string; readonly baseMicros: bigint; readonly taxMicros: bigint }[] {
  const codes = [...new Set(lines.map(({ taxCode }) => taxCode))].sort();
  return codes.map((taxCode) => {
    const found = rates.filter(
      (rate) =>
        rate.taxCode === taxCode && rate.validFrom <= at && (rate.validTo === null || at < rate.validTo),
    );
    const rate = found[0];
    if (rate === undefined || found.length > 1) {
      const what = `Tax code ${taxCode} has ${found.length} rates on ${new Date(at).toISOString().slice(0, 10)}`;
      throw new PlumblineError('SchemaMismatch', { what, next: 'correct the feed of tax rates' });
    }
    const nets = lines.filter((line) => line.taxCode === taxCode).map(({ netMicros }) => netMicros);
    const baseMicros = nets.reduce((sum, net) => sum + net, 0n);
    const parts = taxRounding.point === 'line' ? nets : [baseMicros];
    const taxMicros = parts.reduce((sum, net) => sum + percentOf(net, rate.percentMicros, taxRounding), 0n);
    return { taxCode, baseMicros, taxMicros };
  });
}
