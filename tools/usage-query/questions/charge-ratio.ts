import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { decimalString } from '#core/domain/money.ts';
import { ratioOf } from '#core/investigation/fraction.ts';
import { plainDecimal } from '#core/investigation/plain-decimal.ts';
import { type Selection, violationParameters } from '../selection.ts';

const SQL = new URL('../queries/charge-ratio.sql', import.meta.url);

/** Charged against expected, and rated against used quantity: one constant ratio points to one wrong price or unit. */
export async function chargeRatio(selection: Selection): Promise<ReplyContent> {
  const [row] = await selection.view.query(SQL, violationParameters(selection));
  const expected = BigInt(String(row?.expected_micros ?? '0'));
  const charged = BigInt(String(row?.charged_micros ?? '0'));
  const used = BigInt(String(row?.quantity_used ?? '0'));
  const rated = BigInt(String(row?.quantity_rated ?? '0'));
  return {
    records: row?.records ?? 0,
    expected: amountOf(expected),
    charged: amountOf(charged),
    ratio: expected === 0n ? null : ratioOf(charged, expected),
    comparableRecords: row?.comparable ?? 0,
    atCommonRatio: row?.at_common_ratio ?? 0,
    chargedZero: row?.charged_zero ?? 0,
    chargedLess: row?.charged_less ?? 0,
    chargedMore: row?.charged_more ?? 0,
    chargedDouble: row?.charged_double ?? 0,
    quantity: {
      recordsWithBoth: row?.with_quantities ?? 0,
      differs: row?.quantity_differs ?? 0,
      less: row?.quantity_less ?? 0,
      ratio: used === 0n ? null : ratioOf(rated, used),
      smallestUsedWhereDiffers: row?.smallest_used_where_differs ?? null,
      largestRatedWhereDiffers: row?.largest_rated_where_differs ?? null,
      commonestRated: row?.commonest_rated_quantity ?? null,
      commonestRatedRecords: row?.commonest_rated_records ?? 0,
    },
  };
}

const amountOf = (micros: bigint): string => plainDecimal(decimalString({ minor: micros, asset: 'EUR/6' }));
