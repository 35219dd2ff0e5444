import { PlumblineError } from '#core/domain/errors.ts';
import { DelimitedScanner } from './delimited-scanner.ts';
import { checkEncoding, isUtf8 } from './encoding.ts';
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
import { checkFieldNames, RowBuilder } from './row-builder.ts';

/** So many records without a single one of the expected width, and the file is not of this format. */
const WIDTH_TRIALS = 1000;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const STRAY_QUOTE = 'a quoted field is not closed';
const NOT_UTF8 = 'not UTF-8 text: convert the file, for example with iconv -f ISO-8859-1 -t UTF-8';

/** Delimiters that a file with a header line may use instead of the mapping's. */
const HEADER_DELIMITERS = [',', ';', '\t', '|'];

/** Reads delimited text by a mapping. See Decoder for what it promises. */
export class DelimitedDecoder implements Decoder {
  readonly #context: DecoderContext;
  readonly #mapping: Mapping;
  readonly #layout: NonNullable<Mapping['delimited']>;
  readonly #sink: RecordSink;
  readonly #timeZone: string | undefined;
  #scanner: DelimitedScanner;
  #builder: RowBuilder | undefined;
  /** Least and most fields that a record may have. */
  #widths: readonly [number, number];
  #carry = Buffer.alloc(0);
  /** Offset in the file of the first byte of the carry. */
  #carryOffset = 0;
  #started = false;
  /** Set while the rest of a record that is too long is passed over. */
  #skipping = false;
  #records = 0;
  #fitting = 0;
  #lastWidth = 0;

  constructor(context: DecoderContext, mapping: Mapping, sink: RecordSink, timeZone?: string) {
    if (!mapping.delimited) throw new TypeError(`Mapping ${mapping.name} is not for delimited text`);
    this.#context = context;
    this.#mapping = mapping;
    this.#layout = mapping.delimited;
    this.#sink = sink;
    this.#timeZone = timeZone;
    const { fields, optionalFields = 0, delimiter, quote } = mapping.delimited;
    this.#widths = [fields.length - optionalFields, fields.length];
    this.#scanner = new DelimitedScanner(delimiter, quote);
    if (!mapping.delimited.header) this.#builder = this.#newBuilder(fields);
  }

  push(block: Uint8Array, last: boolean): void {
    const view = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    const bytes = this.#carry.length === 0 ? view : Buffer.concat([this.#carry, view]);
    const position = this.#decode(bytes, last);
    this.#carry = Buffer.from(bytes.subarray(position));
    this.#carryOffset += position;
    if (last) {
      this.#checkWidths();
      if (this.#builder === undefined) throw emptyFile(this.#context.fileName, 'it has no header line');
      this.#builder.flush();
    }
  }

  /** Takes all complete records; returns the position of the first one that is not complete. */
  #decode(bytes: Buffer, last: boolean): number {
    let position = 0;
    if (!this.#started && (bytes.length >= 4 || last)) {
      position = checkEncoding(bytes, this.#context.fileName);
      this.#started = true;
    }
    if (!this.#started) return 0;
    while (position < bytes.length) {
      if (this.#skipping) {
        const lineFeed = bytes.indexOf(10, position);
        if (lineFeed < 0) return bytes.length;
        this.#skipping = false;
        position = lineFeed + 1;
        continue;
      }
      const status = this.#scanner.scan(bytes, position, last);
      if (status === 'incomplete') {
        if (bytes.length - position <= MAX_RECORD_BYTES) return position;
        this.#rejectTooLong(bytes, position);
        return bytes.length;
      }
      if (status === 'record') this.#take(bytes, position);
      position = this.#scanner.next;
    }
    return position;
  }

  #take(bytes: Buffer, start: number): void {
    if (this.#builder === undefined) {
      this.#readHeader(bytes, start);
      return;
    }
    const { fields, end, defect } = this.#scanner;
    const record = bytes.subarray(start, end);
    const reason =
      defect ?? this.#lengthReason(record) ?? this.#widthReason(fields.count) ?? this.#textReason(record);
    if (reason === undefined) {
      this.#builder.add(fields, record, this.#carryOffset + start);
      return;
    }
    const lineFeed = defect === undefined ? record.indexOf(LINE_FEED) : -1;
    if (lineFeed < 0) {
      this.#reject(reason, record, start);
      return;
    }
    // Several lines in quotes that make no record: a stray quote, more likely, which may cost its own line only.
    this.#reject(STRAY_QUOTE, trimmedLine(record.subarray(0, lineFeed)), start);
    this.#scanner.next = start + lineFeed + 1;
  }

  /** Long records are rejected wherever blocks happen to be cut. */
  #lengthReason(record: Uint8Array): string | undefined {
    return record.length > MAX_RECORD_BYTES ? TOO_LONG : undefined;
  }

  #textReason(record: Uint8Array): string | undefined {
    return this.#scanner.fields.ascii || isUtf8(record) ? undefined : NOT_UTF8;
  }

  #widthReason(count: number): string | undefined {
    const [least, most] = this.#widths;
    this.#records += 1;
    this.#lastWidth = count;
    if (count >= least && count <= most) {
      this.#fitting += 1;
      return undefined;
    }
    if (this.#records === WIDTH_TRIALS) this.#checkWidths();
    return `has ${count} ${count === 1 ? 'field' : 'fields'}, expected ${least === most ? most : `${least} to ${most}`}`;
  }

  #checkWidths(): void {
    if (this.#layout.header || this.#fitting > 0 || this.#records === 0) return;
    const [least, most] = this.#widths;
    throw new PlumblineError('SchemaMismatch', {
      what: `No record has the fields of the mapping ${this.#mapping.name}`,
      where: this.#context.fileName,
      why: `the last of ${this.#records} records has ${this.#lastWidth} fields, expected ${least === most ? most : `${least} to ${most}`}: ${this.#layout.fields.join(', ')}`,
      next: `compare with what the mapping expects: ${this.#mapping.doc}`,
    });
  }

  #readHeader(bytes: Buffer, start: number): void {
    if (this.#scanner.end - start > MAX_RECORD_BYTES) this.#refuseHeader(bytes, start);
    const names = this.#headerNames(bytes, start);
    checkFieldNames(this.#context.dataset, this.#mapping, names, this.#context.fileName);
    this.#widths = [names.length, names.length];
    this.#builder = this.#newBuilder(names);
  }

  /** Names in the header line. A delimiter other than the mapping's is taken when it alone cuts out known names. */
  #headerNames(bytes: Buffer, start: number): string[] {
    const known = new Set(this.#layout.fields);
    const names = this.#scannedNames();
    if (names.length > 1 || known.has(names[0] ?? '')) return names;
    for (const delimiter of HEADER_DELIMITERS) {
      const scanner = new DelimitedScanner(delimiter, this.#layout.quote);
      scanner.scan(bytes, start, true);
      if (scanner.fields.count < 2) continue;
      this.#scanner = scanner;
      return this.#scannedNames();
    }
    return names;
  }

  #scannedNames(): string[] {
    const { bytes, starts, ends, count } = this.#scanner.fields;
    return Array.from({ length: count }, (_, index) =>
      bytes.toString('utf8', starts[index], ends[index]).trim(),
    );
  }

  #newBuilder(names: readonly string[]): RowBuilder {
    return new RowBuilder(
      this.#context.dataset,
      this.#mapping,
      names,
      this.#sink,
      this.#timeZone,
      this.#context.numbers,
    );
  }

  #rejectTooLong(bytes: Buffer, start: number): void {
    if (this.#builder === undefined) this.#refuseHeader(bytes, start);
    this.#skipping = true;
    this.#reject(TOO_LONG, bytes.subarray(start), start);
  }

  #refuseHeader(bytes: Buffer, start: number): never {
    throw new PlumblineError('SchemaMismatch', {
      what: `The first line is no header: it is ${TOO_LONG}`,
      where: this.#context.fileName,
      why: `it starts with ${rawText(bytes.subarray(start)).slice(0, 40)}…`,
      next: 'compare the file with the source; the first line must name the columns',
    });
  }

  #reject(reason: string, record: Uint8Array, start: number): void {
    this.#sink.reject({ offset: this.#carryOffset + start, reason, raw: rawText(record) });
  }
}

function trimmedLine(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
