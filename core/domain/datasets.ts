import { COLUMN_TYPES, type Column, type ColumnType, SERVICES } from './columns.ts';
import { BILLING_DATASETS } from './datasets-billing.ts';
import { REFERENCE_DATASETS } from './datasets-reference.ts';
import { USAGE_DATASETS } from './datasets-usage.ts';

export { COLUMN_TYPES, type Column, type ColumnType, SERVICES };

/** A dataset of the lake: what feeds it, how it is partitioned, what its columns mean. */
export interface Dataset {
  readonly name: DatasetName;
  readonly doc: string;
  /** `event`: partitioned by day of `partitionColumn` and bucket of `bucketColumns`. `reference`: one snapshot a day, bucket 0. */
  readonly kind: 'event' | 'reference';
  /** The column whose UTC day is `dt`. */
  readonly partitionColumn?: string;
  /** The first of these that is not null is hashed into the bucket, so that both sides of a match meet in one bucket. */
  readonly bucketColumns?: readonly string[];
  readonly columns: readonly Column[];
}

export const DATASET_NAMES = [
  'usage',
  'rated',
  'billed',
  'subscription',
  'network_profile',
  'catalog',
  'tariff',
  'zone',
  'holiday',
  'contract',
  'change_log',
  'file_trailer',
  'signalling',
  'suspense',
  'filter_rule',
  'balance_movement',
  'allowance',
  'allowance_balance',
  'discount',
  'commitment',
  'invoice_line',
  'ledger_entry',
  'order_event',
  'tax_rate',
  'fx_rate',
  'network_service',
  'entitlement',
  'billing_subscription',
] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** Every row of every dataset also carries where it came from. */
export const LINEAGE_COLUMNS: readonly Column[] = [
  { name: 'file_id', type: 'string', required: true, doc: 'Name of the source file within its feed folder' },
  {
    name: 'byte_offset',
    type: 'bigint',
    required: true,
    doc: 'Offset of the record in the file in bytes; for Parquet the zero-based row number',
  },
  {
    name: 'row_hash',
    type: 'string',
    required: true,
    doc: 'First 32 hex digits of the SHA-256 of the record as it stood in the file',
  },
];

/** Every dataset by its name. */
export const DATASETS: Readonly<Record<DatasetName, Dataset>> = {
  ...USAGE_DATASETS,
  ...REFERENCE_DATASETS,
  ...BILLING_DATASETS,
};

/** True when the text names a dataset. */
export function isDatasetName(text: string): text is DatasetName {
  return (DATASET_NAMES as readonly string[]).includes(text);
}
