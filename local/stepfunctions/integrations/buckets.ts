/** S3 buckets as folders. */
import { join, normalize, sep } from 'node:path';

/** Folder by bucket name. */
export type BucketFolders = Readonly<Record<string, string>>;

/** File of an object; throws when the bucket is unknown or the key leaves the folder. */
export function objectPath(buckets: BucketFolders, bucket: string, key: string): string {
  const folder = Object.hasOwn(buckets, bucket) ? buckets[bucket] : undefined;
  if (folder === undefined) throw new Error(`The specified bucket does not exist: ${bucket}`);
  const root = normalize(folder.endsWith(sep) ? folder : folder + sep);
  const path = normalize(join(root, key));
  if (!path.startsWith(root)) throw new Error(`The key '${key}' is outside the bucket ${bucket}`);
  return path;
}
