import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { LAKE, openS3World, type S3World } from '#tests/support/s3-client.ts';

let world: S3World;
beforeAll(async () => {
  world = await openS3World({ maxKeys: 3 });
});
afterAll(() => world.close());

const put = (Key: string, Body: PutObjectCommandInput['Body'], more: Partial<PutObjectCommandInput> = {}) =>
  world.client.send(new PutObjectCommand({ Bucket: LAKE, Key, Body, ...more }));
const get = async (Key: string, more: Partial<GetObjectCommandInput> = {}) => {
  const reply = await world.client.send(new GetObjectCommand({ Bucket: LAKE, Key, ...more }));
  return Buffer.from((await reply.Body?.transformToByteArray()) ?? []);
};
const base64 = (data: Buffer) => createHash('sha256').update(data).digest('base64');

test.each([
  ['nothing', 0],
  ['a few bytes', 10],
  ['more than one chunk of a stream', 300_000],
])('%s, put as bytes and as a stream, come back as they were', async (_condition, size) => {
  const data = randomBytes(size);
  await put('bytes', data);
  expect((await get('bytes')).equals(data)).toBe(true);
  await put('stream', Readable.from([data]), { ContentLength: size, ChecksumAlgorithm: 'CRC32' });
  expect((await get('stream', { ChecksumMode: 'ENABLED' })).equals(data)).toBe(true);
});

test.each<[string, Partial<PutObjectCommandInput>, string]>([
  ['a key that is taken, where none may stand', { IfNoneMatch: '*' }, 'PreconditionFailed'],
  ['another version than expected', { IfMatch: '"0"' }, 'PreconditionFailed'],
  ['a key that is not there, where one must stand', { IfMatch: '"0"', Key: 'absent' }, 'NoSuchKey'],
  ['a checksum of other bytes', { ChecksumSHA256: base64(Buffer.from('other')) }, 'BadDigest'],
  ['a bucket that does not exist', { Bucket: 'nowhere' }, 'NoSuchBucket'],
])('put refuses %s', async (_condition, over, name) => {
  await put('taken', 'first');
  await expect(put('taken', 'second', over)).rejects.toMatchObject({ name });
  expect((await get('taken')).toString()).toBe('first');
});

test('of writers that race to create a key, one wins', async () => {
  const attempts = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => put('raced', `writer ${i}`, { IfNoneMatch: '*' })),
  );
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('put takes the place of the version that it names', async () => {
  const { ETag } = await put('versioned', 'first');
  await put('versioned', 'second', { IfMatch: ETag ?? '' });
  expect((await get('versioned')).toString()).toBe('second');
});

test.each([
  ['from the start', 'bytes=0-2', 'abc'],
  ['to the end', 'bytes=7-', 'hij'],
  ['the last ones', 'bytes=-2', 'ij'],
  ['beyond the end', 'bytes=8-99', 'ij'],
])('a range: %s', async (_condition, Range, expected) => {
  await put('ranged', 'abcdefghij');
  expect((await get('ranged', { Range })).toString()).toBe(expected);
});

test('a range behind the end is refused', async () => {
  await put('ranged', 'abc');
  await expect(get('ranged', { Range: 'bytes=3-' })).rejects.toMatchObject({ name: 'InvalidRange' });
});

test('head tells size and checksum, and 404 without a body', async () => {
  const data = Buffer.from('content');
  await put('known', data, { ChecksumSHA256: base64(data) });
  const head = (Key: string) =>
    world.client.send(new HeadObjectCommand({ Bucket: LAKE, Key, ChecksumMode: 'ENABLED' }));
  expect(await head('known')).toMatchObject({ ContentLength: 7, ChecksumSHA256: base64(data) });
  await expect(head('unknown')).rejects.toMatchObject({
    name: 'NotFound',
    $metadata: { httpStatusCode: 404 },
  });
});

test('a listing goes on page by page, in byte order, by prefix and folder', async () => {
  for (const key of ['l/b c', 'l/a', 'l/ü', 'l/d/1', 'l/d/2', 'l/&x', 'm']) await put(key, key);
  const keys: (string | undefined)[] = [];
  let pages = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await world.client.send(
      new ListObjectsV2Command({
        Bucket: LAKE,
        Prefix: 'l/',
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    pages += 1;
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  expect(keys).toEqual(['l/&x', 'l/a', 'l/b c', 'l/d/1', 'l/d/2', 'l/ü']);
  expect(pages).toBe(2);
  const folders = await world.client.send(
    new ListObjectsV2Command({ Bucket: LAKE, Prefix: 'l/', Delimiter: '/', StartAfter: 'l/b' }),
  );
  expect(folders.CommonPrefixes).toEqual([{ Prefix: 'l/d/' }]);
  expect(folders.Contents?.map(({ Key }) => Key)).toEqual(['l/b c', 'l/ü']);
});

test('a deleted object is gone, and deleting it again is no error', async () => {
  await put('short-lived', 'x');
  const remove = new DeleteObjectCommand({ Bucket: LAKE, Key: 'short-lived' });
  await world.client.send(remove);
  await world.client.send(remove);
  await expect(get('short-lived')).rejects.toMatchObject({ name: 'NoSuchKey' });
});
