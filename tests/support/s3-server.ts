import { createHash, randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { decodeAwsChunked, mismatchOf } from './s3-body.ts';
import { listXml, parseListQuery } from './s3-list.ts';

/** What a request may be made to suffer: an answer 503 SlowDown, or a body that ends after so many bytes. */
export type Fault = { readonly slowDown: true } | { readonly breakAfter: number };

export interface TestS3Options {
  /** Objects stand here as `<bucket>/<key>`, so that others can read the folder as a bucket. */
  readonly folder: string;
  readonly buckets: readonly string[];
  /** Largest number of keys in one answer to a listing. Default 1000, as S3. */
  readonly maxKeys?: number;
  /** Asked for each request; a fault is done to it. */
  readonly fault?: (request: { readonly method: string; readonly key: string }) => Fault | undefined;
}

/** A server that speaks enough of S3's protocol for an unmodified SDK client: path-style, objects on disk. */
export interface TestS3 {
  readonly endpoint: string;
  /** `GET key`, `PUT key` and so on, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface StoredObject {
  readonly etag: string;
  readonly size: number;
  readonly modified: Date;
  /** Values of x-amz-checksum-*, by header. */
  readonly checksums: Readonly<Record<string, string>>;
}

class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startTestS3(options: TestS3Options): Promise<TestS3> {
  const buckets = new Map(options.buckets.map((name) => [name, new Map<string, StoredObject>()]));
  for (const name of options.buckets) await mkdir(join(options.folder, name), { recursive: true });
  const requests: string[] = [];
  const server = createServer((request, response) => {
    serve(request, response, { ...options, stored: buckets, requests }).catch((error) =>
      fail(request, response, error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, requests, close: () => closed(server) };
}

interface World extends TestS3Options {
  readonly stored: ReadonlyMap<string, Map<string, StoredObject>>;
  readonly requests: string[];
}

async function serve(request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://s3');
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/');
  const key = rest.map(decodeURIComponent).join('/');
  const method = request.method ?? '';
  world.requests.push(`${method} ${key}`);
  const objects = world.stored.get(decodeURIComponent(bucket));
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 '))
    throw new S3Error(403, 'AccessDenied', 'Access Denied');
  if (!objects) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const fault = world.fault?.({ method, key });
  if (fault && 'slowDown' in fault) {
    request.resume();
    throw new S3Error(503, 'SlowDown', 'Please reduce your request rate.');
  }
  const path = join(world.folder, decodeURIComponent(bucket), ...key.split('/'));
  if (key === '' && method === 'GET') {
    if (url.searchParams.get('list-type') !== '2')
      throw new S3Error(501, 'NotImplemented', 'Only ListObjectsV2');
    return reply(response, 200, listXml(bucket, objects, parseListQuery(url.searchParams, world.maxKeys)));
  }
  if (method === 'PUT') return put(request, response, { objects, key, path });
  if (method === 'DELETE') {
    objects.delete(key);
    await rm(path, { force: true });
    response.writeHead(204).end();
    return;
  }
  if (method === 'GET' || method === 'HEAD')
    return get(request, response, { objects, key, path, ...(fault ? { fault } : {}) });
  throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

interface Target {
  readonly objects: Map<string, StoredObject>;
  readonly key: string;
  readonly path: string;
  readonly fault?: { readonly breakAfter: number };
}

async function put(
  request: IncomingMessage,
  response: ServerResponse,
  { objects, key, path }: Target,
): Promise<void> {
  const { body, trailers } = await bodyOf(request);
  const sent = Object.fromEntries(
    Object.entries({ ...request.headers, ...trailers }).filter(([name]) =>
      /^x-amz-checksum-(sha256|crc32)$/.test(name),
    ),
  ) as Record<string, string>;
  const wrong = mismatchOf(body, sent);
  if (wrong)
    throw new S3Error(400, 'BadDigest', `The ${wrong} you specified did not match the calculated checksum.`);
  const length = request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length'];
  if (Number(length) !== body.length) throw new S3Error(400, 'IncompleteBody', 'Too few bytes');
  await mkdir(dirname(path), { recursive: true });
  const partial = `${dirname(path)}/.partial-${randomUUID()}`;
  await writeFile(partial, body);
  // Nothing is awaited from the condition to the entry: the later of two writers sees the former.
  const refused = refusalOf(request, objects.get(key));
  if (refused) {
    rmSync(partial);
    throw refused;
  }
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  renameSync(partial, path);
  objects.set(key, { etag, size: body.length, modified: new Date(), checksums: sent });
  response.writeHead(200, { etag, ...sent }).end();
}

function refusalOf(request: IncomingMessage, known: StoredObject | undefined): S3Error | undefined {
  const { 'if-none-match': none, 'if-match': match } = request.headers;
  if (none !== undefined && none !== '*')
    return new S3Error(501, 'NotImplemented', 'If-None-Match takes only *');
  if (none === '*' && known) return preconditionFailed('If-None-Match');
  if (match !== undefined && !known) return noSuchKey();
  if (match !== undefined && match !== known?.etag) return preconditionFailed('If-Match');
  return undefined;
}

async function get(
  request: IncomingMessage,
  response: ServerResponse,
  { objects, key, path, fault }: Target,
): Promise<void> {
  const object = objects.get(key);
  if (!object) throw noSuchKey();
  const { 'if-match': match, range } = request.headers;
  if (match !== undefined && match !== object.etag) throw preconditionFailed('If-Match');
  const whole = request.method === 'HEAD' ? undefined : await readFile(path);
  const part = range === undefined ? undefined : rangeOf(range, object.size);
  const headers = {
    etag: object.etag,
    'last-modified': object.modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'content-length': part ? part.end - part.start + 1 : object.size,
    ...(part ? { 'content-range': `bytes ${part.start}-${part.end}/${object.size}` } : {}),
    // A checksum is that of the whole object, so it is not sent with a part.
    ...(request.headers['x-amz-checksum-mode'] === 'ENABLED' && !part ? object.checksums : {}),
  };
  response.writeHead(part ? 206 : 200, headers);
  if (whole === undefined) return void response.end();
  const body = part ? whole.subarray(part.start, part.end + 1) : whole;
  if (fault) return void response.write(body.subarray(0, fault.breakAfter), () => response.destroy());
  response.end(body);
}

function rangeOf(text: string, size: number): { start: number; end: number } {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(text);
  const [, from = '', to = ''] = parts ?? [];
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (!parts || start > end) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

async function bodyOf(request: IncomingMessage): Promise<{ body: Buffer; trailers: Record<string, string> }> {
  const blocks: Buffer[] = [];
  for await (const block of request) blocks.push(block as Buffer);
  const raw = Buffer.concat(blocks);
  const streaming = String(request.headers['x-amz-content-sha256']).startsWith('STREAMING-');
  return streaming ? decodeAwsChunked(raw) : { body: raw, trailers: {} };
}

const noSuchKey = () => new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
const preconditionFailed = (condition: string) =>
  new S3Error(
    412,
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  );

function reply(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
  if (response.headersSent) return void response.destroy();
  // An answer to HEAD has no body, so a client knows only the status.
  if (request.method === 'HEAD') return void response.writeHead(known.status).end();
  const text = `<Code>${known.code}</Code><Message>${known.message}</Message><RequestId>${randomUUID()}</RequestId>`;
  reply(response, known.status, `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${text}</Error>`);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
