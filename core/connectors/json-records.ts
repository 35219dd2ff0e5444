import { checkEncoding, isUtf8 } from './encoding.ts';
import { emptyFields, setTexts } from './fields.ts';
import { ArraySplitter, arrayStart, firstText, type JsonSplitter, LineSplitter } from './json-scanner.ts';
import { type JsonObject, parseRecord, textOf } from './json-values.ts';
import type { Mapping } from './mappings/mapping.ts';
import {
  type Decoder,
  type DecoderContext,
  emptyFile,
  MAX_RECORD_BYTES,
  type RecordSink,
  rawText,
  TOO_LONG,
} from './records.ts';
import { checkFieldNames, RowBuilder, requiredFieldNames, sourcesOf } from './row-builder.ts';

/** Reason against a record with a key that its first record would have been refused for. */
const UNKNOWN_FIELD = 'has a field that the mapping does not know';

/** What a kind of JSON record looks like. */
export interface JsonShape {
  /** Text of a field that the mapping names; undefined where it is an object or a list. */
  text(record: JsonObject, field: string): string | undefined;
  /** Names to check against the mapping; undefined where other fields are allowed. */
  names?(record: JsonObject): readonly string[];
}

/** A flat object per record; its keys are the mapping's field names, and no others. */
export const FLAT_SHAPE: JsonShape = { text: textOf, names: (record) => Object.keys(record) };

/**
 * Reads JSON Lines, or a JSON array of the same objects, by a mapping. See Decoder for what it promises.
 * A line that is not JSON is rejected alone; in an array the element is, as far as its braces and quotes go.
 */
export class JsonDecoder implements Decoder {
  readonly #context: DecoderContext;
  readonly #mapping: Mapping;
  readonly #shape: JsonShape;
  readonly #sink: RecordSink;
  readonly #builder: RowBuilder;
  readonly #names: readonly string[];
  readonly #fields = emptyFields();
  readonly #known: ReadonlySet<string>;
  #splitter: JsonSplitter = new LineSplitter();
  #isArray = false;
  #carry = Buffer.alloc(0);
  #carryOffset = 0;
  #started = false;
  #records = 0;
  /** Names seen while no record has become a row yet. */
  readonly #seen = new Set<string>();

  constructor(
    context: DecoderContext,
    mapping: Mapping,
    shape: JsonShape,
    sink: RecordSink,
    timeZone?: string,
  ) {
    this.#context = context;
    this.#mapping = mapping;
    this.#shape = shape;
    this.#sink = sink;
    this.#names = [...new Set(Object.values(mapping.columns).flatMap(sourcesOf))];
    this.#known = new Set([...this.#names, ...(mapping.delimited?.fields ?? [])]);
    this.#builder = new RowBuilder(context.dataset, mapping, this.#names, sink, timeZone, context.numbers);
  }

  push(block: Uint8Array, last: boolean): void {
    const bytes = Buffer.concat([this.#carry, block]);
    let position = this.#started ? 0 : this.#start(bytes, last);
    while (this.#started) {
      const piece = this.#splitter.next(bytes, position, last);
      if (piece.kind !== 'record') {
        position = piece.kind === 'end' ? bytes.length : piece.keep;
        break;
      }
      this.#take(bytes.subarray(piece.start, piece.end), this.#carryOffset + piece.start, piece.defect);
      position = piece.next;
    }
    this.#carry = Buffer.from(bytes.subarray(position));
    this.#carryOffset += position;
    if (last) this.#finish();
  }

  #start(bytes: Buffer, last: boolean): number {
    if (bytes.length < 4 && !last) return 0;
    const mark = checkEncoding(bytes, this.#context.fileName);
    const array = arrayStart(bytes, mark);
    // Nothing but spaces says nothing yet, unless there are so many that they are not worth keeping.
    if (!last && firstText(bytes, mark) === bytes.length && bytes.length <= MAX_RECORD_BYTES) return 0;
    this.#isArray = array !== undefined;
    if (this.#isArray) this.#splitter = new ArraySplitter();
    this.#started = true;
    return array ?? mark;
  }

  #take(record: Buffer, offset: number, defect: string | undefined): void {
    this.#records += 1;
    const reason = defect ?? this.#add(record, offset);
    if (reason !== undefined) this.#sink.reject({ offset, reason, raw: rawText(record) });
  }

  #add(record: Buffer, offset: number): string | undefined {
    if (record.length > MAX_RECORD_BYTES) return TOO_LONG;
    if (!isUtf8(record)) return 'not UTF-8 text';
    const parsed = parseRecord(record);
    if (!parsed.ok) return parsed.reason;
    const unknown = this.#checkNames(parsed.value);
    if (unknown !== undefined) return unknown;
    const texts: string[] = [];
    for (const name of this.#names) {
      const text = this.#shape.text(parsed.value, name);
      if (text === undefined) return `${name}: not a single value`;
      // Half of a surrogate pair is no character; written out it would become another one.
      if (!text.isWellFormed()) return `${name}: not well-formed Unicode`;
      texts.push(text);
    }
    setTexts(this.#fields, texts);
    this.#builder.add(this.#fields, record, offset);
    return undefined;
  }

  /**
   * Unknown keys of the first record refuse the file; those of a later one speak against it alone. Missing ones refuse
   * the file at the end, when no record had them.
   */
  #checkNames(record: JsonObject): string | undefined {
    if (this.#shape.names === undefined) return undefined;
    const names = this.#shape.names(record);
    if (this.#builder.accepted === 0) {
      if (this.#seen.size === 0) this.#check([...new Set([...names, ...this.#required()])]);
      for (const name of names) if (this.#known.has(name)) this.#seen.add(name);
    }
    return names.every((name) => this.#known.has(name)) ? undefined : UNKNOWN_FIELD;
  }

  #finish(): void {
    if (this.#records === 0 && !this.#isArray) throw emptyFile(this.#context.fileName, 'it holds no record');
    if (this.#builder.accepted === 0 && this.#seen.size > 0) this.#check([...this.#seen]);
    this.#builder.flush();
  }

  #check(names: readonly string[]): void {
    checkFieldNames(this.#context.dataset, this.#mapping, names, this.#context.fileName);
  }

  #required(): readonly string[] {
    return requiredFieldNames(this.#context.dataset, this.#mapping);
  }
}
