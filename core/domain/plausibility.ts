/**
 * Limits beyond which a number is not believed: the record has a defect (a counter that wrapped, a unit mistaken, columns
 * shifted) and one such row would drown every real finding. They are wide on purpose: no true record may be lost.
 * A value beyond `most` in either direction is implausible.
 */
export interface Plausible {
  /** Largest values, in the unit of the column, each with the values of the column `by` that it holds for. */
  readonly by?: { readonly column: string; readonly most: readonly Limit[] };
  /** Largest value where `by` says nothing. */
  readonly most: number;
}

/** A largest value and what it holds for. */
export interface Limit {
  readonly values: readonly string[];
  readonly most: number;
}

/** No switch keeps one call for longer than a week; longer ones are cut into partials long before. */
const VOICE_SECONDS = 7 * 86_400;
/** A bulk submission in one record; a single text has at most 255 parts (3GPP TS 23.040). */
const SMS_MESSAGES = 100_000;
/** 10 TB: a day at about 1 Gbit/s without a pause. Gateways write a partial far below that. */
const DATA_KILOBYTES = 10_000_000_000;

/** What one CDR or one rated item can hold, by service. */
export const PLAUSIBLE_QUANTITY: Plausible = {
  by: {
    column: 'service',
    most: [
      { values: ['voice'], most: VOICE_SECONDS },
      { values: ['sms'], most: SMS_MESSAGES },
    ],
  },
  most: DATA_KILOBYTES,
};

/** Currencies whose unit is worth less than about a cent of a euro, so that ordinary bills have many digits. */
const SMALL_UNITS =
  'ALL AMD AOA ARS BDT BIF CDF CLP COP CRC DJF DZD ETB GNF GYD HTG HUF IDR INR IQD IRR ISK JMD JPY KES KHR KMF KPW KRW KZT LAK LBP LKR LRD MGA MMK MNT MWK NGN NPR PKR PYG RSD RWF SDG SLL SOS SSP SYP TZS UGX UZS VES VND XAF XOF XPF YER ZWL'.split(
    ' ',
  );

/** Money of one item or one price, without tax. */
export const PLAUSIBLE_MONEY: Plausible = {
  by: { column: 'currency', most: [{ values: SMALL_UNITS, most: 10_000_000_000 }] },
  most: 1_000_000,
};

/** Records that one file declares for one service. */
export const PLAUSIBLE_RECORDS: Plausible = { most: 100_000_000 };
