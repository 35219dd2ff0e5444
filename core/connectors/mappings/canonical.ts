import type { Dataset } from '#core/domain/datasets.ts';
import type { Mapping } from './mapping.ts';

/** The dataset's own column names, in a header line or as JSON keys. Optional columns may be absent. */
export function canonical(dataset: Dataset): Mapping {
  return {
    name: 'canonical',
    doc: `Columns named as in the dataset ${dataset.name}`,
    dataset: dataset.name,
    delimited: {
      delimiter: ',',
      quote: '"',
      header: true,
      fields: dataset.columns.map((column) => column.name),
    },
    columns: Object.fromEntries(dataset.columns.map((column) => [column.name, { from: column.name }])),
  };
}
