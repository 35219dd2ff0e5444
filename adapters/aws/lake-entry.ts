import { z } from 'zod';
import { DATASET_NAMES } from '#core/domain/datasets.ts';

const dataset = z.enum(DATASET_NAMES);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const count = z.int().nonnegative();

/** A source file of the operator as the catalogue knows it. */
const source = z.strictObject({
  name: z.string().min(1),
  sha256: z.string(),
  size: count,
  rows: count,
  quarantined: count,
  /** The slot of the feed that it fills. */
  slot: z.string().nullable(),
  /** First and last UTC day of its events; null where it has none. */
  firstDay: day.nullable(),
  lastDay: day.nullable(),
  /** Rejected records by reason. */
  reasons: z.record(z.string(), count),
});
export type CataloguedSource = z.infer<typeof source>;

/** An object of the lake: its key is `lake/<path>`. */
const object = z.strictObject({
  path: z.string().regex(/^(?!.*(^|\/)\.\.?(\/|$))[^/].*[^/]$/),
  kind: z.enum(['rows', 'quarantine']),
  dt: z.string(),
  bucket: count,
  rows: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type CataloguedObject = z.infer<typeof object>;

/** Source files that entered the lake together, and the objects that were made of them. */
const batch = z.strictObject({
  kind: z.literal('batch'),
  dataset,
  /** The same batch registered twice counts once. */
  batch: z.string().min(1),
  sources: z.array(source),
  objects: z.array(object),
  /** Set for reference datasets: the batch is the new snapshot of that day. */
  snapshot: day.optional(),
});
export type BatchEntry = z.infer<typeof batch>;

/** What is expected of the feed of a dataset, as core/domain/feed.ts says. */
const feed = z.strictObject({
  kind: z.literal('feed'),
  feed: z.object({
    dataset,
    format: z.enum(['csv', 'jsonl', 'parquet', 'tmf635', 'markdown']),
    mapping: z.string().exactOptional(),
    cadence: z.enum(['hourly', 'daily', 'once']),
    slotPattern: z.string().exactOptional(),
    lagDays: count,
  }),
});

/** One entry of the log of a dataset. */
export const lakeEntry = z.discriminatedUnion('kind', [batch, feed]);
export type LakeEntry = z.infer<typeof lakeEntry>;

/** `catalog/lake.json`: written once, when the lake is created. */
export const lakeSettings = z.strictObject({ format: z.literal(1), buckets: z.int().min(1).max(100) });
