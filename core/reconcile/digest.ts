import { hashOf, sha256 } from '#core/domain/hash.ts';
import type { ControlOutcome } from '#core/domain/outcome.ts';
import type { Conservation } from '#core/domain/run.ts';
import { VIOLATION_COLUMNS } from '#core/domain/violation.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';

/** Left out of digests: where a record stands in its file says nothing about what was found. Its hash stays in. */
const POSITION_COLUMNS = ['left_file', 'left_offset', 'right_file', 'right_offset'];

/** Columns of a violation that its hash covers, in order. */
const DIGEST_COLUMNS = Object.keys(VIOLATION_COLUMNS).filter((name) => !POSITION_COLUMNS.includes(name));

/** SQL expression: the row in canonical form. Values are separated by a control character, NULL is another. */
export const CANONICAL_ROW = `concat_ws(chr(31), ${DIGEST_COLUMNS.map((name) => `coalesce(CAST(${name} AS VARCHAR), chr(0))`).join(', ')})`;

const MODULUS = 1n << 256n;

/** Digest of the rows of a table of violations: the same for every order of the rows. */
export async function digestOfViolations(session: WarehouseSession, table: string): Promise<string> {
  const rows = await session.query(`SELECT ${CANONICAL_ROW} AS canonical FROM ${table}`);
  return digestOfRows(rows.map((row) => String(row.canonical)));
}

/** Sum modulo 2^256 of the SHA-256 of each row in canonical form. */
export function digestOfRows(canonical: readonly string[]): string {
  let sum = 0n;
  for (const row of canonical) sum += BigInt(`0x${sha256(row)}`);
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
