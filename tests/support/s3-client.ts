import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Bucket } from '#adapters/aws/s3-bucket.ts';
import { startTestS3, type TestS3, type TestS3Options } from './s3-server.ts';

/** A server with two buckets, an unmodified client, and a folder for what a test needs. */
export interface S3World {
  readonly server: TestS3;
  readonly client: S3Client;
  readonly lake: S3Bucket;
  readonly runs: S3Bucket;
  readonly folder: string;
  close(): Promise<void>;
}

export const LAKE = 'plumbline-lake';
export const RUNS = 'plumbline-runs';

export async function openS3World(options: Pick<TestS3Options, 'fault' | 'maxKeys'> = {}): Promise<S3World> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-s3-'));
  const server = await startTestS3({ ...options, folder: join(folder, 's3'), buckets: [LAKE, RUNS] });
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 3,
  });
  return {
    server,
    client,
    lake: new S3Bucket(client, LAKE),
    runs: new S3Bucket(client, RUNS),
    folder,
    close: async () => {
      client.destroy();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
