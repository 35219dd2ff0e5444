import { PlumblineError } from '#core/domain/errors.ts';
import { checkEncoding, isUtf8 } from './encoding.ts';
import { emptyFields, setTexts } from './fields.ts';
import { canonical } from './mappings/canonical.ts';
import { type Decoder, type DecoderContext, emptyFile, type RecordSink, rawText } from './records.ts';
import { checkFieldNames, RowBuilder } from './row-builder.ts';

/** A document is read whole; larger ones are refused. */
export const MAX_DOCUMENT_BYTES = 4_194_304;

/**
 * Reads one Markdown document with front matter as one row of the dataset `contract`: the lines `name: value`
 * between two lines `---` are columns, the text after them is the body.
 */
export class MarkdownDecoder implements Decoder {
  readonly #context: DecoderContext;
  readonly #sink: RecordSink;
  readonly #blocks: Uint8Array[] = [];
  #size = 0;

  constructor(context: DecoderContext, sink: RecordSink) {
    this.#context = context;
    this.#sink = sink;
  }

  push(block: Uint8Array, last: boolean): void {
    this.#blocks.push(Uint8Array.from(block));
    this.#size += block.length;
    if (this.#size > MAX_DOCUMENT_BYTES) {
      throw new PlumblineError('FileNotReadable', {
        what: `The document is larger than ${MAX_DOCUMENT_BYTES} bytes`,
        where: this.#context.fileName,
        next: 'split it into several documents',
      });
    }
    if (last) this.#decode(Buffer.concat(this.#blocks));
  }

  #decode(bytes: Buffer): void {
    const { dataset, fileName } = this.#context;
    const mark = checkEncoding(bytes, fileName);
    if (!isUtf8(bytes)) {
      this.#sink.reject({ offset: 0, reason: 'not UTF-8 text', raw: rawText(bytes) });
      return;
    }
    const text = bytes.toString('utf8', mark);
    if (text.trim() === '') throw emptyFile(fileName, 'it holds no text');
    const values = frontMatter(text, fileName);
    const names = [...values.keys()];
    const mapping = canonical(dataset);
    checkFieldNames(dataset, mapping, names, fileName);
    const fields = emptyFields();
    setTexts(fields, [...values.values()]);
    const builder = new RowBuilder(dataset, mapping, names, this.#sink);
    builder.add(fields, bytes, 0);
    builder.flush();
  }
}

/** Names and values of the front matter, with the rest of the document as `body`. */
function frontMatter(text: string, fileName: string): Map<string, string> {
  const match = /^---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text);
  if (match === null) {
    throw new PlumblineError('SchemaMismatch', {
      what: 'The document has no front matter',
      where: fileName,
      why: 'its first line must be --- and the columns must follow as "name: value" up to the next ---',
      next: 'add contract_id, kind, title, subject and valid_from at the top of the document',
    });
  }
  const values = new Map<string, string>();
  for (const line of (match[1] ?? '').split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const name = (colon < 0 ? line : line.slice(0, colon)).trim();
    values.set(name, colon < 0 ? '' : unquoted(line.slice(colon + 1).trim()));
  }
  values.set('body', (match[2] ?? '').trim());
  return values;
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return quoted?.[2] ?? value;
}
