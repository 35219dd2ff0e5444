import type { Cell, RecordBatch, RecordSink, RejectedRecord } from './records.ts';

/** One accepted row, for inspection. */
export interface CollectedRow {
  readonly values: Readonly<Record<string, Cell>>;
  readonly offset: number;
  readonly hash: string;
}

/** Keeps everything in memory: for previews and tests, not for feeds. */
export class CollectingSink implements RecordSink {
  readonly rows: CollectedRow[] = [];
  readonly rejected: RejectedRecord[] = [];

  batch({ rowCount, columns, offsets, hashes }: RecordBatch): void {
    for (let row = 0; row < rowCount; row += 1) {
      const values = Object.fromEntries(
        columns.map(({ column, values }) => [column.name, values[row] ?? null]),
      );
      this.rows.push({ values, offset: offsets[row] ?? -1, hash: hashes[row] ?? '' });
    }
  }

  reject(record: RejectedRecord): void {
    this.rejected.push(record);
  }
}
