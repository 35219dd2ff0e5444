import { checkEncoding, isUtf8 } from './encoding.ts';
import { emptyFields, setTexts } from './fields.ts';
import { arrayStart, type JsonPiece, nextElement, nextLine } from './json-scanner.ts';
import { type JsonObject, parseRecord, textOf } from './json-values.ts';
import type { Mapping } from './mappings/mapping.ts';
import {
  type Decoder,
  type DecoderContext,
  emptyFile,
  MAX_RECORD_BYTES,
  type RecordSink,
  rawText,
} from './records.ts';
import { checkFieldNames, RowBuilder, requiredFieldNames, sourcesOf } from './row-builder.ts';

/** What a kind of JSON record looks like. */
export interface JsonShape {
  /** Text of a field that the mapping names. */
  text(record: JsonObject, field: string): string;
  /** Names to check against the mapping on the first record; undefined where other fields are allowed. */
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
  #next: (bytes: Buffer, from: number, last: boolean) => JsonPiece = nextLine;
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
    this.#builder = new RowBuilder(context.dataset, mapping, this.#names, sink, timeZone);
  }

  push(block: Uint8Array, last: boolean): void {
    const bytes = Buffer.concat([this.#carry, block]);
    let position = this.#started ? 0 : this.#start(bytes, last);
    while (this.#started) {
      const piece = this.#next(bytes, position, last);
      if (piece.kind === 'end') {
        position = bytes.length;
        break;
      }
      if (piece.kind === 'incomplete' && bytes.length - position <= MAX_RECORD_BYTES * 4) break;
      const end = piece.kind === 'incomplete' ? bytes.length : piece.end;
      const start = piece.kind === 'incomplete' ? position : piece.start;
      this.#take(bytes.subarray(start, end), this.#carryOffset + start);
      position = piece.kind === 'incomplete' ? bytes.length : piece.next;
    }
    this.#carry = Buffer.from(bytes.subarray(position));
    this.#carryOffset += position;
    if (last) this.#finish();
  }

  #start(bytes: Buffer, last: boolean): number {
    if (bytes.length < 4 && !last) return 0;
    const mark = checkEncoding(bytes, this.#context.fileName);
    const array = arrayStart(bytes, mark);
    if (array !== undefined) this.#next = nextElement;
    this.#started = true;
    return array ?? mark;
  }

  #take(record: Buffer, offset: number): void {
    this.#records += 1;
    const reason = this.#add(record, offset);
    if (reason !== undefined) this.#sink.reject({ offset, reason, raw: rawText(record) });
  }

  #add(record: Buffer, offset: number): string | undefined {
    if (record.length > MAX_RECORD_BYTES) return `longer than ${MAX_RECORD_BYTES} bytes`;
    if (!isUtf8(record)) return 'not UTF-8 text';
    const parsed = parseRecord(record);
    if (!parsed.ok) return parsed.reason;
    this.#checkNames(parsed.value);
    setTexts(
      this.#fields,
      this.#names.map((name) => this.#shape.text(parsed.value, name)),
    );
    this.#builder.add(this.#fields, record, offset);
    return undefined;
  }

  /** Unknown keys of the first record refuse the file. Missing ones do so at the end, when no record had them. */
  #checkNames(record: JsonObject): void {
    if (this.#shape.names === undefined || this.#builder.accepted > 0) return;
    const names = this.#shape.names(record);
    if (this.#seen.size === 0) this.#check([...new Set([...names, ...this.#required()])]);
    for (const name of names) this.#seen.add(name);
  }

  #finish(): void {
    if (this.#records === 0 && this.#next === nextLine)
      throw emptyFile(this.#context.fileName, 'it holds no record');
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
