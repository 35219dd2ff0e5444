/** Fields of one line of comma-separated text; quotes may hold commas, and doubled quotes. No line breaks in fields. */
export function splitLine(line: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i];
    if (quoted && c === '"' && line[i + 1] === '"') {
      field += '"';
      i += 1;
    } else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) {
      fields.push(field.trim());
      field = '';
    } else field += c;
  }
  fields.push(field.trim());
  return fields;
}

/** Records of a text with a header line, as objects by column name, with the line each stands on. */
export function csvRecords(
  text: string,
): readonly { readonly line: number; readonly record: Readonly<Record<string, string>> }[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const names = splitLine(lines[0] ?? '');
  return lines.slice(1).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const fields = splitLine(line);
    const record = Object.fromEntries(names.map((name, column) => [name, fields[column] ?? '']));
    return [{ line: i + 2, record }];
  });
}
