import { hashOf, sha256 } from '#core/domain/hash.ts';
import type { ControlOutcome } from '#core/domain/outcome.ts';
import type { Conservation } from '#core/domain/run.ts';
import { VIOLATION_COLUMNS } from '#core/domain/violation.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';

/** Left out of digests: where a record stands in its file says nothing about what was found. Its hash stays in. */
const POSITION_COLUMNS = ['left_file', 'left_offset', 'right_file', 'right_offset'];

/** Columns of a violation that its hash covers, in order. */
export const DIGEST_COLUMNS = Object.keys(VIOLATION_COLUMNS).filter(
  (name) => !POSITION_COLUMNS.includes(name),
);

const MODULUS = 1n << 256n;

/** Sum modulo 2^256 of the SHA-256 of each row in canonical form: the same for every order of the rows. */
export function digestOfRows(rows: readonly WarehouseRow[]): string {
  let sum = 0n;
  for (const row of rows) {
    const canonical = JSON.stringify(DIGEST_COLUMNS.map((name) => row[name] ?? null));
    sum += BigInt(`0x${sha256(canonical)}`);
  }
  return (sum % MODULUS).toString(16).padStart(64, '0');
}

/** One control on one day, whatever the number of buckets. */
export interface DayOutcome {
  readonly controlId: string;
  readonly dt: string;
  readonly outcome: ControlOutcome;
}

/** Digest of what was found: violations, the outcome of each control on each day, and where everything ended. */
export function digestOfOutcomes(
  rowsDigest: string,
  outcomes: readonly DayOutcome[],
  { sessions, buckets, expected, charged, explained, residual }: Conservation,
): string {
  const sorted = outcomes
    .map(({ controlId, dt, outcome }) => `${controlId}|${dt}|${outcome}`)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return hashOf({
    rows: rowsDigest,
    outcomes: sorted,
    sessions,
    buckets,
    expected,
    charged,
    explained,
    residual,
  });
}
