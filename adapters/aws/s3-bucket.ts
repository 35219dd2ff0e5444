import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { PlumblineError } from '#core/domain/errors.ts';
import {
  isConditionalConflict,
  isMissing,
  isRefusedByCondition,
  plumblineErrorOf,
  uriOf,
} from './s3-errors.ts';

/** What is put: bytes, or the path of a file. */
export type Source = { readonly bytes: Uint8Array } | { readonly path: string };

/** Bytes of a file from which on it is streamed; a smaller one is held in memory, so that the SDK can send it again. */
const STREAMED_FROM = 32 << 20;
/** How often a put is tried where S3 says that another conditional write was under way. */
const CONFLICT_ATTEMPTS = 4;

/**
 * One bucket. Every put carries its SHA-256, which S3 checks before the object exists. What S3 refuses is
 * FileNotReadable, what it does not answer EndpointUnreachable.
 */
export class S3Bucket {
  readonly client: S3Client;
  readonly name: string;

  constructor(client: S3Client, name: string) {
    this.client = client;
    this.name = name;
  }

  /**
   * Puts an object under a key that nothing has. The same content again is a no-op: false is returned. Throws
   * FileChanged when the key holds another content.
   */
  async create(key: string, source: Source): Promise<boolean> {
    const sha256 = await digestOf(source);
    if (await this.#put(key, source, sha256, { IfNoneMatch: '*' })) return true;
    if ((await this.#sha256Of(key)) === sha256) return false;
    throw new PlumblineError('FileChanged', {
      what: 'An object that is written once holds another content',
      where: uriOf(this.name, key),
      why: 'the same input gave other bytes: another version of the code or the engine wrote it',
      next: 'compare the two; delete the object to have it written anew',
    });
  }

  /** As `create`, but answers false where the key holds another content, too. */
  async claim(key: string, source: Source): Promise<boolean> {
    return this.#put(key, source, await digestOf(source), { IfNoneMatch: '*' });
  }

  /** Puts an object in the place of whatever stands there; the same content again is a no-op. */
  async replace(key: string, source: Source): Promise<void> {
    const sha256 = await digestOf(source);
    if (await this.#put(key, source, sha256, { IfNoneMatch: '*' })) return;
    if ((await this.#sha256Of(key)) !== sha256) await this.#put(key, source, sha256, {});
  }

  /** The text of an object; undefined when there is none. */
  async readText(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.client.send(
        new GetObjectCommand({ Bucket: this.name, Key: key, ChecksumMode: 'ENABLED' }),
      );
      return await Body?.transformToString('utf-8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw plumblineErrorOf(error, this.name, key);
    }
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#head(key)) !== undefined;
  }

  /** Keys that start with the prefix, in order; with `after` only those behind it. */
  async list(prefix: string, after?: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    try {
      do {
        const page = await this.client.send(
          new ListObjectsV2Command({
            Bucket: this.name,
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
            ...(after === undefined || token !== undefined ? {} : { StartAfter: after }),
          }),
        );
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    } catch (error) {
      throw plumblineErrorOf(error, this.name, prefix);
    }
    return keys.sort();
  }

  /** False when the condition does not hold. */
  async #put(
    key: string,
    source: Source,
    sha256: string,
    condition: Pick<PutObjectCommandInput, 'IfNoneMatch'>,
  ): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const body = await bodyOf(source);
        const input = { Bucket: this.name, Key: key, ...body, ChecksumSHA256: sha256, ...condition };
        await this.client.send(new PutObjectCommand(input));
        return true;
      } catch (error) {
        if (isRefusedByCondition(error)) return false;
        if (!isConditionalConflict(error) || attempt === CONFLICT_ATTEMPTS)
          throw plumblineErrorOf(error, this.name, key);
      }
    }
  }

  /** SHA-256 of an object in base64; read from its bytes where it was put without one. */
  async #sha256Of(key: string): Promise<string | undefined> {
    const stated = (await this.#head(key))?.ChecksumSHA256;
    if (stated !== undefined) return stated;
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
      const hash = createHash('sha256');
      for await (const block of Body as AsyncIterable<Uint8Array>) hash.update(block);
      return hash.digest('base64');
    } catch (error) {
      throw plumblineErrorOf(error, this.name, key);
    }
  }

  async #head(key: string) {
    try {
      return await this.client.send(
        new HeadObjectCommand({ Bucket: this.name, Key: key, ChecksumMode: 'ENABLED' }),
      );
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw plumblineErrorOf(error, this.name, key);
    }
  }
}

async function bodyOf(source: Source): Promise<Pick<PutObjectCommandInput, 'Body' | 'ContentLength'>> {
  if ('bytes' in source) return { Body: source.bytes, ContentLength: source.bytes.length };
  const { size } = await stat(source.path);
  if (size >= STREAMED_FROM) return { Body: createReadStream(source.path), ContentLength: size };
  const blocks: Buffer[] = [];
  for await (const block of createReadStream(source.path)) blocks.push(block as Buffer);
  return { Body: Buffer.concat(blocks), ContentLength: size };
}

async function digestOf(source: Source): Promise<string> {
  const hash = createHash('sha256');
  if ('bytes' in source) return hash.update(source.bytes).digest('base64');
  for await (const block of createReadStream(source.path, { highWaterMark: 1 << 20 }))
    hash.update(block as Buffer);
  return hash.digest('base64');
}
