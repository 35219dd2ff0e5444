/**
 * One port for every service: the first bytes of a connection tell HTTP/2 (`PRI`) from HTTP/1.1, and the socket is
 * handed to the server of that protocol. Needed because some AWS SDK clients speak only HTTP/2 without TLS.
 */
import { randomUUID } from 'node:crypto';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { AwsError, asAwsError } from './aws-error.ts';
import { route, type Service, type WireRequest, type WireResponse, type WireStream } from './router.ts';

type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

/** Largest request body: above every quota of the services behind it. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

const H2_PREFACE = Buffer.from('PRI');

export interface WireServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1.
 * @param port 0 picks a free one.
 * @param services looked up at each request, so a service may be added after listening.
 */
export async function listen(port: number, services: readonly Service[]): Promise<WireServer> {
  const handler = (req: AnyRequest, res: AnyResponse) => void serve(services, req, res);
  const http1 = createHttp1({ keepAliveTimeout: 60_000, requestTimeout: 0 }, handler);
  const http2 = createHttp2({}, handler);
  // A session error (for instance a reset by the caller) must not take the process down.
  http2.on('sessionError', () => {});
  const sockets = new Set<Socket>();
  const tcp = createTcp({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    sniff(socket, (isHttp2) => (isHttp2 ? http2 : http1).emit('connection', socket));
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`;
  return {
    endpoint,
    close: async () => {
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      http1.close();
      http2.close();
      await closed;
    },
  };
}

/** Reads just enough to tell the protocols apart and puts the bytes back. */
function sniff(socket: Socket, hand: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const known = seen.subarray(0, H2_PREFACE.length);
    const couldBe = H2_PREFACE.subarray(0, known.length).equals(known);
    if (couldBe && known.length < H2_PREFACE.length) return;
    socket.off('data', onData);
    socket.pause();
    socket.unshift(seen);
    hand(couldBe);
    process.nextTick(() => socket.resume());
  };
  socket.on('data', onData);
}

async function serve(services: readonly Service[], req: AnyRequest, res: AnyResponse): Promise<void> {
  const requestId = randomUUID();
  const left = new AbortController();
  res.on('close', () => {
    if (!res.writableEnded) left.abort();
  });
  res.on('error', () => left.abort());
  const reply = response(res, requestId);
  try {
    const request = await readRequest(req, requestId, left.signal);
    const service = route(services, request);
    if (service === undefined) throw new AwsError('UnknownOperationException', unknownMessage(request), 404);
    await service.handle(request, reply);
  } catch (thrown) {
    if (res.headersSent || res.writableEnded) {
      res.end();
      return;
    }
    const error = asAwsError(thrown);
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': error.code };
    reply.send(error.status, headers, JSON.stringify({ __type: error.code, message: error.message }));
  }
}

function unknownMessage(request: WireRequest): string {
  const target = request.headers['x-amz-target'];
  return `No service answers ${request.method} ${request.path}${target === undefined ? '' : ` (${target})`}.`;
}

async function readRequest(req: AnyRequest, requestId: string, signal: AbortSignal): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new AwsError(
        'RequestEntityTooLargeException',
        `The request is over ${MAX_BODY_BYTES} bytes.`,
        413,
      );
    }
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const [path = '/', query = ''] = (req.url ?? '/').split('?', 2);
  const method = req.method ?? 'GET';
  const body = Buffer.concat(chunks);
  return { method, path, query: new URLSearchParams(query), headers, body, signal, requestId };
}

function response(res: AnyResponse, requestId: string): WireResponse {
  // The two response classes share this part of their interface; the union of overloads does not type-check.
  const out = res as ServerResponse;
  return {
    send: (status, headers, body) => {
      const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body);
      out.writeHead(status, { ...headers, 'content-length': bytes.length, 'x-amzn-requestid': requestId });
      out.end(bytes);
    },
    stream: (status, headers) => {
      out.writeHead(status, { ...headers, 'x-amzn-requestid': requestId });
      out.flushHeaders?.();
      return writer(out);
    },
  };
}

function writer(out: ServerResponse): WireStream {
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => {
        if (out.destroyed || out.writableEnded) {
          reject(new AwsError('RequestAbortedException', 'The caller closed the stream.'));
          return;
        }
        const gone = () => reject(new AwsError('RequestAbortedException', 'The caller closed the stream.'));
        out.once('close', gone);
        out.write(Buffer.from(chunk), () => {
          out.off('close', gone);
          resolve();
        });
      }),
    end: () => {
      out.end();
    },
  };
}
