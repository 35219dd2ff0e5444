/**
 * What a service behind the port looks like, and how a request finds it.
 *
 * A service is asked in the order of registration; the first whose `match` says yes handles the request.
 * Matching looks at method, path and headers only, so that no body is parsed twice.
 */

/** One request, already read to its end. Works the same over HTTP/1.1 and HTTP/2. */
export interface WireRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Aborted when the caller goes away before the reply is complete. */
  readonly signal: AbortSignal;
  /** `x-amzn-requestid` of the reply; also good for log lines. */
  readonly requestId: string;
}

/** An open streaming reply. */
export interface WireStream {
  /** Resolves when the bytes are handed to the socket and it can take more; rejects when the caller left. */
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
}

/** Exactly one of `send` and `stream` is called, once, for a request. */
export interface WireResponse {
  send(status: number, headers: Record<string, string>, body: string | Uint8Array): void;
  /** Sends the status and headers at once; the body follows chunk by chunk. */
  stream(status: number, headers: Record<string, string>): WireStream;
}

/** One AWS service behind the port. */
export interface Service {
  readonly name: string;
  match(req: WireRequest): boolean;
  handle(req: WireRequest, res: WireResponse): Promise<void>;
  /** Called once when the cloud closes: stop timers, finish writes. */
  close?(): Promise<void> | void;
}

/** The first service that matches, or undefined. */
export function route(services: readonly Service[], req: WireRequest): Service | undefined {
  return services.find((service) => service.match(req));
}

/**
 * Matches a path against a template such as `/agents/{agentId}/aliases/{aliasId}`.
 * @returns the decoded values by name, or undefined when it does not match. A trailing slash is ignored.
 */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/').filter((part) => part !== '');
  const given = path.split('/').filter((part) => part !== '');
  if (wanted.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] as string;
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== actual) return undefined;
      continue;
    }
    try {
      values[name] = decodeURIComponent(actual);
    } catch {
      return undefined;
    }
  }
  return values;
}
