/** Servers that stand for a model's endpoint: chat completions over HTTP/1.1, Converse over HTTP/2 without TLS. */
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** What the server does with one request. */
export type WireReply =
  | {
      readonly kind: 'json';
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly body: unknown;
      readonly afterMs?: number;
    }
  /** The connection is closed without an answer. */
  | { readonly kind: 'reset' }
  /** Half of the answer, then the connection is closed. */
  | { readonly kind: 'cut'; readonly body: unknown }
  | { readonly kind: 'hangs' };

/** One request as it came in. */
export interface WireCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into it field by field
  readonly body: any;
}

/** An endpoint on a free port that records what it is asked. */
export interface ModelServer {
  readonly url: string;
  readonly calls: readonly WireCall[];
  close(): Promise<void>;
}

type Responder = (call: WireCall, index: number) => WireReply;
type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

/** Starts the endpoint; `respond` is told how many calls came before. */
export async function modelServer(protocol: 'http1' | 'http2', respond: Responder): Promise<ModelServer> {
  const calls: WireCall[] = [];
  const handler = (req: AnyRequest, res: AnyResponse) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('error', () => {});
    req.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const call = {
        method: req.method ?? '',
        path: req.url ?? '',
        headers: req.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
      calls.push(call);
      // Both classes have the methods that are used here; their overloads differ.
      answer(res as ServerResponse, respond(call, calls.length - 1));
    });
  };
  const open = new Set<{ destroy(): void }>();
  const keep = (one: Socket | ServerHttp2Session) => {
    open.add(one);
    one.on('close', () => open.delete(one));
    one.on('error', () => {});
  };
  const server = protocol === 'http1' ? createHttp1(handler) : createHttp2(handler);
  server.on(protocol === 'http1' ? 'connection' : 'session', keep);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

function answer(res: ServerResponse, reply: WireReply): void {
  const { stream } = res as ServerResponse & { stream?: Http2ServerResponse['stream'] };
  const drop = () => (stream === undefined ? res.socket?.destroy() : stream.session?.destroy());
  switch (reply.kind) {
    case 'hangs':
      return;
    case 'reset':
      drop();
      return;
    case 'cut': {
      const text = JSON.stringify(reply.body);
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      res.write(text.slice(0, text.length / 2), () => setTimeout(drop, 20));
      return;
    }
    case 'json':
      setTimeout(() => {
        if (res.destroyed) return;
        res.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
        res.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
      }, reply.afterMs ?? 0);
  }
}

/** What a model says: text, or calls. */
export interface Said {
  readonly text?: string;
  readonly calls?: readonly { readonly tool: string; readonly input: unknown; readonly id?: string }[];
  readonly stop?: 'length' | 'guardrail';
}

const CHAT_STOP = { length: 'length', guardrail: 'content_filter' } as const;

/** It in the words of chat completions. Input that is text is sent as it is: malformed arguments. */
export function chatReply(said: Said, index: number): unknown {
  const calls = (said.calls ?? []).map(({ tool, input, id }, position) => ({
    id: id ?? `call-${index}-${position}`,
    type: 'function',
    function: { name: tool, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
  }));
  const finish = said.stop === undefined ? (calls.length > 0 ? 'tool_calls' : 'stop') : CHAT_STOP[said.stop];
  return {
    id: `chat-${index}`,
    object: 'chat.completion',
    model: 'replay',
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: {
          role: 'assistant',
          content: said.text ?? null,
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}

const CONVERSE_STOP = { length: 'max_tokens', guardrail: 'guardrail_intervened' } as const;

/** It in the words of Converse (restJson1). */
export function converseReply(said: Said, index: number): unknown {
  const uses = (said.calls ?? []).map(({ tool, input, id }, position) => ({
    toolUse: { toolUseId: id ?? `tooluse_${index}_${position}`, name: tool, input },
  }));
  const stop =
    said.stop === undefined ? (uses.length > 0 ? 'tool_use' : 'end_turn') : CONVERSE_STOP[said.stop];
  return {
    output: {
      message: {
        role: 'assistant',
        content: [...(said.text === undefined ? [] : [{ text: said.text }]), ...uses],
      },
    },
    stopReason: stop,
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    metrics: { latencyMs: 1 },
  };
}
