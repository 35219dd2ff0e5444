import type { Dataset } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { recordHash } from '#core/domain/hash.ts';
import { ColumnReader } from './column-reader.ts';
import type { Fields } from './fields.ts';
import { LocalZone } from './local-zone.ts';
import type { FieldRule, Mapping } from './mappings/mapping.ts';
import { NumberColumns, type NumberReader, untouched } from './numbers.ts';
import { type RowCheck, rowChecks } from './record-rules.ts';
import { BATCH_ROWS, type RecordSink, rawText } from './records.ts';

const ABSENT: FieldRule = { from: [] };

/** Turns the fields of records into rows of a dataset by a mapping, and hands them on in batches. */
export class RowBuilder {
  readonly #readers: readonly ColumnReader[];
  readonly #checks: readonly RowCheck[];
  readonly #sink: RecordSink;
  readonly #offsets: number[] = new Array<number>(BATCH_ROWS).fill(0);
  readonly #hashes: string[] = new Array<string>(BATCH_ROWS).fill('');
  #rowCount = 0;
  #accepted = 0;

  /** `fieldNames` are the names of the record's fields, by position. */
  constructor(
    dataset: Dataset,
    mapping: Mapping,
    fieldNames: readonly string[],
    sink: RecordSink,
    timeZone = mapping.timeZone,
    numbers?: NumberReader,
  ) {
    const positions = new Map(fieldNames.map((name, index) => [name, index]));
    const zone = timeZone === undefined || timeZone === 'UTC' ? undefined : new LocalZone(timeZone);
    this.#sink = sink;
    this.#readers = dataset.columns.map((column) => {
      const mapped = mapping.columns[column.name] ?? ABSENT;
      const rule = numbers === undefined ? mapped : untouched(dataset, column.name, mapped);
      const fields = sourcesOf(rule)
        .map((name) => positions.get(name))
        .filter((position) => position !== undefined);
      return new ColumnReader(column, fields, rule, zone);
    });
    const checks = rowChecks(dataset, this.#readers);
    // Last: it puts numbers in their form, which a row that is rejected for something else does not need.
    this.#checks =
      numbers === undefined ? checks : [...checks, new NumberColumns(dataset, this.#readers, numbers)];
  }

  /** Records that became rows so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Takes one record as a row, or rejects it with the first reason found. `record` is the record as in the file. */
  add(fields: Fields, record: Uint8Array, offset: number): void {
    const row = this.#rowCount;
    const reason = this.#read(fields, row);
    if (reason !== undefined) {
      this.#sink.reject({ offset, reason, raw: rawText(record) });
      return;
    }
    this.#offsets[row] = offset;
    this.#hashes[row] = recordHash(record);
    this.#rowCount += 1;
    this.#accepted += 1;
    if (this.#rowCount === BATCH_ROWS) this.flush();
  }

  #read(fields: Fields, row: number): string | undefined {
    for (const reader of this.#readers) {
      const reason = reader.read(fields, row);
      if (reason !== undefined) return reason;
    }
    for (const check of this.#checks) {
      const reason = check.reason(row);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** Hands on the rows that wait. To be called after the last record. */
  flush(): void {
    if (this.#rowCount === 0) return;
    const rowCount = this.#rowCount;
    this.#rowCount = 0;
    this.#sink.batch({ rowCount, columns: this.#readers, offsets: this.#offsets, hashes: this.#hashes });
  }
}

/** Names of the fields that a rule reads. */
export function sourcesOf(rule: FieldRule): readonly string[] {
  if ('constant' in rule) return [];
  return typeof rule.from === 'string' ? [rule.from] : rule.from;
}

/** Names of the fields that must be there: those of required columns that no constant stands in for. */
export function requiredFieldNames(dataset: Dataset, mapping: Mapping): string[] {
  return dataset.columns
    .filter((column) => column.required)
    .flatMap((column) => {
      const rule = mapping.columns[column.name] ?? ABSENT;
      return 'constant' in rule || rule.otherwise !== undefined ? [] : [sourcesOf(rule)[0] ?? column.name];
    });
}

/**
 * Throws SchemaMismatch when the names that a file has cannot feed the dataset by this mapping: a field that the
 * mapping does not know, one that stands twice, or none for a column that is required.
 */
export function checkFieldNames(
  dataset: Dataset,
  mapping: Mapping,
  found: readonly string[],
  fileName: string,
): void {
  const known = new Set(Object.values(mapping.columns).flatMap(sourcesOf));
  for (const name of mapping.delimited?.fields ?? []) known.add(name);
  const unknown = found.filter((name) => !known.has(name));
  const first = new Set<string>();
  const twice = found.filter((name) => first.has(name) || !first.add(name));
  const missing = dataset.columns
    .filter((column) => column.required)
    .flatMap((column) => {
      const rule = mapping.columns[column.name] ?? ABSENT;
      const sources = sourcesOf(rule);
      const satisfied =
        'constant' in rule || rule.otherwise !== undefined || sources.some((s) => found.includes(s));
      return satisfied ? [] : [sources[0] ?? column.name];
    });
  if (unknown.length + twice.length + missing.length === 0) return;
  const why = [
    listed('missing', missing),
    listed('unknown', unknown),
    listed('standing twice', twice),
  ].filter((part) => part !== '');
  throw new PlumblineError('SchemaMismatch', {
    what: `The columns are not those of ${dataset.name} (mapping ${mapping.name})`,
    where: fileName,
    why: why.join('; '),
    next: `rename the columns to ${dataset.columns.map((column) => column.name).join(', ')}, or name a mapping`,
  });
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names
    .slice(0, 8)
    .map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name || '(no name)'));
  return `${what}: ${shown.join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`;
}
