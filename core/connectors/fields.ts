/** The fields of one record: slices of `bytes`. An empty slice is an empty field. Reused from record to record. */
export interface Fields {
  bytes: Buffer;
  readonly starts: number[];
  readonly ends: number[];
  count: number;
  /** False when the record holds bytes above 127, which makes its text slower to read. */
  ascii: boolean;
}

/** No fields. */
export function emptyFields(): Fields {
  return { bytes: Buffer.alloc(0), starts: [], ends: [], count: 0, ascii: true };
}

/** Fills `fields` with texts, for formats whose values are not slices of the file. */
export function setTexts(fields: Fields, texts: readonly string[]): void {
  fields.bytes = Buffer.from(texts.join(''), 'utf8');
  fields.count = texts.length;
  fields.ascii = true;
  let position = 0;
  texts.forEach((text, index) => {
    const length = Buffer.byteLength(text, 'utf8');
    if (length !== text.length) fields.ascii = false;
    fields.starts[index] = position;
    position += length;
    fields.ends[index] = position;
  });
}
