import { NUMBER_COLUMNS, type NumberReader, numberReason } from '#core/connectors/numbers.ts';
import type { Dataset } from '#core/domain/datasets.ts';
import type { DuckdbSession } from './duckdb-session.ts';

/** Distinct texts that are read at a time. */
const CHUNK = 50_000;
const DIALLED = 'b_number_dialled';

/**
 * Reads each distinct number of a Parquet file once. Leaves the temporary table `number_form` (raw, text, reason), and
 * returns the names of the columns with numbers that the file has.
 */
export async function readNumbers(
  session: DuckdbSession,
  dataset: Dataset,
  source: string,
  found: ReadonlyMap<string, string>,
  numbers: NumberReader,
): Promise<string[]> {
  const columns = Object.keys(NUMBER_COLUMNS[dataset.name] ?? {}).filter((name) => found.has(name));
  await session.run('CREATE OR REPLACE TEMP TABLE number_form (raw VARCHAR, text VARCHAR, reason VARCHAR)');
  if (columns.length === 0) return columns;
  const all = columns.map((name) => `SELECT ${name}::VARCHAR AS raw FROM ${source}`).join(' UNION ALL ');
  await session.run(
    `CREATE OR REPLACE TEMP TABLE number_raw AS
     SELECT raw, row_number() OVER () AS n FROM (SELECT DISTINCT raw FROM (${all}) WHERE raw <> '')`,
  );
  for (let from = 0; ; from += CHUNK) {
    const rows = await session.query('SELECT raw FROM number_raw WHERE n > $from AND n <= $to', {
      from,
      to: from + CHUNK,
    });
    if (rows.length === 0) break;
    const forms = rows.map((row) => {
      const raw = String(row.raw);
      const reading = numbers.read(raw);
      return 'reason' in reading ? [raw, null, reading.reason] : [raw, reading.text, null];
    });
    await session.run(
      `INSERT INTO number_form SELECT f[1], f[2], f[3]
       FROM (SELECT unnest(from_json($forms::JSON, '[["VARCHAR"]]')) AS f)`,
      { forms: JSON.stringify(forms) },
    );
  }
  await session.run('DROP TABLE number_raw');
  return columns;
}

/** The rows of `checked` with their numbers normalised; a number that is none adds its reason, where there is no other. */
export function withNumbers(dataset: Dataset, checked: string, columns: readonly string[]): string {
  if (columns.length === 0) return checked;
  const outcomes = NUMBER_COLUMNS[dataset.name] ?? {};
  const joins = columns.map((name) => `LEFT JOIN number_form form_${name} ON form_${name}.raw = c.${name}`);
  const replaced = columns.map((name) => `coalesce(form_${name}.text, c.${name}) AS ${name}`);
  const hasDialled = columns.includes('b_number') && dataset.columns.some(({ name }) => name === DIALLED);
  if (hasDialled) {
    replaced.push(
      `coalesce(c.${DIALLED}, CASE WHEN form_b_number.text <> c.b_number THEN c.b_number END) AS ${DIALLED}`,
    );
  }
  const reasons = columns
    .filter((name) => outcomes[name] === 'reject')
    .map(
      (name) =>
        `CASE form_${name}.reason ${REASON_CODES.map(
          (code) => `WHEN '${code}' THEN '${numberReason(name, code)}'`,
        ).join(' ')} END`,
    );
  if (reasons.length > 0) replaced.push(`coalesce(c.reason, ${reasons.join(', ')}) AS reason`);
  return `(SELECT c.* REPLACE (${replaced.join(', ')}) FROM ${checked} c ${joins.join(' ')})`;
}

const REASON_CODES = ['TOO_SHORT', 'TOO_LONG', 'INVALID_COUNTRY', 'NOT_A_NUMBER'] as const;
