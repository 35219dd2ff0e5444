/** A column of a text table. */
export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Lines of a table whose columns are as wide as their widest cell; numbers belong in right-aligned columns. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  rule = true,
): string[] {
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => visibleLength(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]?.align ?? 'left'))
      .join('  ')
      .trimEnd();
  const head = line(columns.map((column) => column.title));
  return [head, ...(rule ? [widths.map((w) => '─'.repeat(w)).join('  ')] : []), ...rows.map(line)];
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - visibleLength(cell)));
  return align === 'right' ? space + cell : cell + space;
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with an escape character
  return text.replace(/\x1b\[[0-9;]*m/g, '').length;
}
