import {
  controlCharacterReason,
  implausibleReason,
  minimumReason,
  missingReason,
  typeReason,
  valuesReason,
} from '#core/connectors/column-reader.ts';
import type { NumberReader } from '#core/connectors/numbers.ts';
import {
  CURRENCY_PATTERN,
  CURRENCY_REASON,
  ERA,
  eraReason,
  isCurrency,
  orderedColumns,
  orderReason,
} from '#core/connectors/record-rules.ts';
import { MAX_RECORD_BYTES, RAW_LIMIT, TOO_LONG } from '#core/connectors/records.ts';
import { COLUMN_TYPES, type Column, type ColumnType, type Dataset } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { DatasetWriter } from './lake-writer.ts';
import { readNumbers, withNumbers } from './number-import.ts';
import type { Stage } from './stage.ts';

const WHOLE = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
/** Parquet types that hold the values of a column type without loss; anything else is a schema mismatch. */
const ACCEPTED: Readonly<Record<ColumnType, RegExp>> = {
  string: /^(VARCHAR|ENUM.*|UUID|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT))$/,
  timestamp: /^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/,
  date: /^DATE$/,
  decimal: /^(DECIMAL\(.*|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT))$/,
  integer: WHOLE,
  bigint: WHOLE,
  boolean: /^BOOLEAN$/,
};

/** Characters that text may not hold, as RE2 reads them; in prose, line breaks and tabs are fine. */
const CONTROLS = String.raw`[\x00-\x1F\x7F]`;
const PROSE_CONTROLS = String.raw`[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]`;

export interface ParquetCounts {
  readonly rows: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

/**
 * Moves the rows of a Parquet file into the stage, those that break the dataset's declaration to its rejected records.
 * Throws SchemaMismatch when columns are missing, unknown or of another type, FileNotReadable when the file is cut off
 * or damaged. A large file is moved in slices, so that it
 * need not fit into memory.
 */
export async function importParquet(
  writer: DatasetWriter,
  path: string,
  fileId: string,
  numbers?: NumberReader,
): Promise<ParquetCounts> {
  const { stage } = writer;
  const sliceRows = writer.rowsPerBatch * 2;
  const source = `read_parquet(${quoted(literalPath(path))}, file_row_number = true)`;
  const columns = await columnsOf(stage, source, fileId);
  const total = await readable(fileId, () => numberOf(stage, `SELECT count(*) AS n FROM ${source}`));
  const withForms =
    numbers === undefined
      ? []
      : await readable(fileId, () => readNumbers(stage.session, stage.dataset, source, columns, numbers));
  const reasons: Record<string, number> = {};
  let rows = 0;
  for (let from = 0; from < total; from += sliceRows) {
    const length = Math.min(sliceRows, total - from);
    const slice = length === total ? undefined : { from, to: from + length };
    const checked = withNumbers(stage.dataset, checkedRows(stage, source, columns, slice), withForms);
    const moved = await readable(fileId, () => acceptRows(stage, checked, fileId));
    rows += moved;
    stage.rows += moved;
    stage.rejectedRecords += length - moved;
    if (moved < length) await rejectRows(stage, checked, fileId, reasons);
    await writer.spill();
  }
  return { rows, reasons, ...(await daysOf(stage, source, rows)) };
}

/** Type in the file by column name. */
async function columnsOf(stage: Stage, source: string, fileId: string): Promise<Map<string, string>> {
  const described = await readable(fileId, () =>
    stage.session.query(`DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${source}`),
  );
  const found = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  const declared = stage.dataset.columns;
  const problems = [
    ...declared.filter((c) => c.required && !found.has(c.name)).map((c) => `missing: ${c.name}`),
    ...[...found.keys()]
      .filter((name) => !declared.some((c) => c.name === name))
      .map((name) => `unknown: ${name}`),
    ...declared.flatMap((c) => {
      const type = found.get(c.name);
      return type === undefined || ACCEPTED[c.type].test(type)
        ? []
        : [`${c.name} is ${type}, expected ${COLUMN_TYPES[c.type]}${exactness(c.type, type)}`];
    }),
  ];
  if (problems.length === 0) return found;
  throw new PlumblineError('SchemaMismatch', {
    what: `The columns are not those of ${stage.dataset.name}`,
    where: fileId,
    why: problems.slice(0, 8).join('; '),
    next: `write the columns ${declared.map((column) => column.name).join(', ')}`,
  });
}

function exactness(type: ColumnType, found: string): string {
  return type === 'decimal' && /DOUBLE|FLOAT/.test(found) ? ' (a float does not hold money exactly)' : '';
}

/** The rows of a slice in their declared types, each with the reason against it, where there is one. */
function checkedRows(
  stage: Stage,
  source: string,
  found: ReadonlyMap<string, string>,
  slice: { readonly from: number; readonly to: number } | undefined,
): string {
  const { columns } = stage.dataset;
  const typed = columns.map((column) => `${typedValue(column, found)} AS ${column.name}`);
  const where = slice ? `WHERE file_row_number >= ${slice.from} AND file_row_number < ${slice.to}` : '';
  return `(SELECT ${typed.join(', ')}, file_row_number AS byte_offset, ${reasonOf(stage.dataset, found)} AS reason,
           ${rawRecord(columns, found)} AS record
           FROM ${source} s ${where})`;
}

/** The record for the quarantine, with each text cut: a text of many megabytes must not be copied to be cut later. */
function rawRecord(columns: readonly Column[], found: ReadonlyMap<string, string>): string {
  const fields = columns
    .filter((column) => found.has(column.name))
    .map((column) =>
      column.type === 'string'
        ? `${column.name} := substr(s.${column.name}::VARCHAR, 1, ${RAW_LIMIT})`
        : `${column.name} := s.${column.name}`,
    );
  return `struct_pack(${fields.join(', ')})`;
}

/** Stages the rows that nothing speaks against; returns their number. */
async function acceptRows(stage: Stage, checked: string, fileId: string): Promise<number> {
  const names = stage.dataset.columns.map((column) => column.name);
  const canonicalText = names.map((name) => `coalesce(${name}::VARCHAR, chr(30))`).join(', ');
  const inserted = await stage.session.query(
    `INSERT INTO staged
     SELECT ${names.join(', ')}, $file, byte_offset, substr(sha256(concat_ws(chr(31), ${canonicalText})), 1, 32), ${partition(stage)}
     FROM ${checked} WHERE reason IS NULL`,
    { file: fileId },
  );
  return Number(inserted[0]?.Count);
}

async function rejectRows(
  stage: Stage,
  checked: string,
  fileId: string,
  reasons: Record<string, number>,
): Promise<void> {
  const { session } = stage;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE slice AS
     SELECT byte_offset, reason, substr(to_json(record)::VARCHAR, 1, ${RAW_LIMIT}) AS raw FROM ${checked} WHERE reason IS NOT NULL`,
  );
  await session.run('INSERT INTO rejected SELECT $file, byte_offset, reason, raw FROM slice', {
    file: fileId,
  });
  for (const row of await session.query(
    'SELECT reason, count(*)::INTEGER AS n FROM slice GROUP BY reason ORDER BY reason',
  )) {
    const reason = String(row.reason);
    reasons[reason] = (reasons[reason] ?? 0) + Number(row.n);
  }
  await session.run('DROP TABLE slice');
}

/** First and last day of the file's events. Rejected rows may count in: the range only says where to look. */
async function daysOf(
  stage: Stage,
  source: string,
  rows: number,
): Promise<Pick<ParquetCounts, 'firstDay' | 'lastDay'>> {
  if (stage.partitioning.kind === 'snapshot' || rows === 0) return { firstDay: null, lastDay: null };
  const { column } = stage.partitioning;
  const [days] = await stage.session.query(
    `SELECT min(${column})::DATE::VARCHAR AS first_day, max(${column})::DATE::VARCHAR AS last_day FROM ${source}`,
  );
  return { firstDay: String(days?.first_day), lastDay: String(days?.last_day) };
}

async function numberOf(stage: Stage, sql: string): Promise<number> {
  const [row] = await stage.session.query(sql);
  return Number(row?.n);
}

/** The column's value in its declared type, NULL where it does not fit; an empty text counts as none, as in CSV. */
function typedValue(column: Column, found: ReadonlyMap<string, string>): string {
  const type = COLUMN_TYPES[column.type];
  const raw = `s.${column.name}`;
  if (!found.has(column.name)) return `NULL::${type}`;
  if (column.type === 'string') return `nullif(${raw}::VARCHAR, '')`;
  return found.get(column.name) === type ? raw : `try_cast(${raw} AS ${type})`;
}

/** The first reason against a row, in the order in which the text decoders look. */
function reasonOf(dataset: Dataset, found: ReadonlyMap<string, string>): string {
  const { columns } = dataset;
  const lengths = columns
    .filter((c) => c.type === 'string' && found.has(c.name))
    .map((c) => `coalesce(strlen(s.${c.name}::VARCHAR), 0)`);
  const tooLong =
    lengths.length === 0 ? [] : [when(`${lengths.join(' + ')} > ${MAX_RECORD_BYTES}`, TOO_LONG)];
  const cases = columns.flatMap((column) => {
    const raw = `s.${column.name}`;
    const typed = typedValue(column, found);
    const present = found.has(column.name);
    const rules: string[] = [];
    const none = column.type === 'string' ? `${typed} IS NULL` : present ? `${raw} IS NULL` : 'true';
    if (column.required) rules.push(when(none, missingReason(column)));
    if (!present) return rules;
    if (typed !== raw && column.type !== 'string') {
      rules.push(when(`${raw} IS NOT NULL AND ${typed} IS NULL`, typeReason(column)));
    }
    // A cast to fewer decimals rounds, which money must not.
    if (typed !== raw && column.type === 'decimal') {
      rules.push(when(`round(${raw}, 6) <> ${raw}`, typeReason(column)));
    }
    if (column.type === 'string') {
      const characters = column.prose === true ? PROSE_CONTROLS : CONTROLS;
      rules.push(when(`regexp_matches(${typed}, '${characters}')`, controlCharacterReason(column)));
    }
    if (column.values)
      rules.push(when(`${typed} NOT IN (${column.values.map(quoted).join(', ')})`, valuesReason(column)));
    if (column.min !== undefined) rules.push(when(`${typed} < ${column.min}`, minimumReason(column)));
    return rules;
  });
  cases.push(...ruleCases(dataset, found));
  for (const column of columns) cases.push(...implausibleCases(column, found));
  return `CASE ${[...tooLong, ...cases].join(' ')} ELSE NULL END`;
}

/** The rules over a row, as `rowChecks` of the text decoders has them. */
function ruleCases(dataset: Dataset, found: ReadonlyMap<string, string>): string[] {
  const { columns, partitionColumn } = dataset;
  const cases: string[] = [];
  const currency = columns.find((column) => isCurrency(column) && found.has(column.name));
  if (currency) {
    cases.push(
      when(`NOT regexp_matches(${typedValue(currency, found)}, '${CURRENCY_PATTERN}')`, CURRENCY_REASON),
    );
  }
  const event = columns.find((column) => column.name === partitionColumn);
  if (event) {
    const time = typedValue(event, found);
    const instant = (ms: number) => `TIMESTAMP '${new Date(ms).toISOString().slice(0, 10)}'`;
    cases.push(
      when(`${time} < ${instant(ERA.from)} OR ${time} >= ${instant(ERA.until)}`, eraReason(event.name)),
    );
  }
  for (const [earlier, later] of orderedColumns(columns)) {
    cases.push(
      when(`${typedValue(later, found)} < ${typedValue(earlier, found)}`, orderReason(earlier, later)),
    );
  }
  return cases;
}

/** What is beyond the declared limits of a column. Asked after everything else, as by the text decoders. */
function implausibleCases(column: Column, found: ReadonlyMap<string, string>): string[] {
  const { plausible } = column;
  if (plausible === undefined || !found.has(column.name)) return [];
  const value = typedValue(column, found);
  const { by } = plausible;
  const beyond = (most: number, where: string) => [
    when(`${where} AND ${value} > ${most}`, implausibleReason(column, most, true)),
    when(`${where} AND ${value} < -${most}`, implausibleReason(column, most, false)),
  ];
  if (by === undefined) return beyond(plausible.most, 'true');
  const isOneOf = (values: readonly string[]) => `s.${by.column} IN (${values.map(quoted).join(', ')})`;
  const named = by.most.flatMap(({ values, most }) => beyond(most, isOneOf(values)));
  const all = by.most.flatMap(({ values }) => values);
  return [...named, ...beyond(plausible.most, `NOT ${isOneOf(all)}`)];
}

function when(condition: string, reason: string): string {
  return `WHEN ${condition} THEN ${quoted(reason)}`;
}

/** Expressions for `dt` and `bucket`; the latter is `bucketOf` of core/domain/hash.ts in SQL. */
function partition({ partitioning }: Stage): string {
  if (partitioning.kind === 'snapshot') return `DATE ${quoted(partitioning.dt)}, 0`;
  const { column, bucketColumns, buckets } = partitioning;
  const key = `coalesce(${bucketColumns.join(', ')}, '')`;
  const bucket = buckets === 1 ? '0' : `('0x' || substr(md5(${key}), 1, 8))::UBIGINT % ${buckets}`;
  return `${column}::DATE, (${bucket})::INTEGER`;
}

/** Runs what reads the file; an error of the engine means that the file cannot be read. */
async function readable<T>(fileId: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    // Not the file's fault, and not to be blamed on it.
    if (/out of memory|no space left/i.test(String(cause))) throw cause;
    throw new PlumblineError(
      'FileNotReadable',
      {
        what: 'The Parquet file is cut off or damaged',
        where: fileId,
        why: causeOf(String((cause as Error).message)),
        next: 'compare its size with the source, fetch it again, then ingest it',
      },
      { cause },
    );
  }
}

/** What the engine's message means, in our words: its own quotes our SQL and our paths. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/too small to be a parquet/i, 'it is too short to be a Parquet file'],
  [/no magic bytes/i, 'it does not end as a Parquet file does'],
  [/footer|metadata|thrift|TProtocol|schema/i, 'its footer, which says what is where, cannot be read'],
  [/snappy|zstd|gzip|lz4|brotli|decompress/i, 'a compressed page cannot be unpacked'],
  [/utf-?8|unicode/i, 'a text in it is not UTF-8'],
  [/encrypt/i, 'it is encrypted'],
  [/not.implemented|unsupported/i, 'it uses a feature of the format that is not read'],
];

function causeOf(message: string): string {
  return CAUSES.find(([pattern]) => pattern.test(message))?.[1] ?? 'a page of it cannot be read';
}

/** The path for `read_parquet`, which would take *, ? and [ in a file's name as a pattern. */
function literalPath(path: string): string {
  return path.replace(/[*?[]/g, (character) => `[${character}]`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
