/** The files of runs: a folder on a laptop, a bucket on AWS. Keys are relative, with forward slashes. */
export interface RunStore {
  /** Writes whole or not at all. Writing the same bytes again is a no-op. */
  write(key: string, data: string | Uint8Array): Promise<void>;
  /** Throws PlumblineError RunNotFound when the key does not exist. */
  readText(key: string): Promise<string>;
  exists(key: string): Promise<boolean>;
  list(prefix: string): Promise<string[]>;
  /** A local path that the warehouse can read. */
  localPath(key: string): Promise<string>;
  /** Publishes a file that the warehouse wrote to a local path of its own. Whole or not at all. */
  publish(localPath: string, key: string): Promise<void>;
}
