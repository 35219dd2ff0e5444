/** The two JSON protocols AWS's SDK clients speak to these services: awsJson 1.0/1.1 and restJson1. */
import { type AwsError, asAwsError, validation } from './aws-error.ts';
import { isTooDeep, MAX_JSON_DEPTH } from './json-depth.ts';
import { matchPath, type Service, type WireRequest, type WireResponse } from './router.ts';

export type JsonObject = Record<string, unknown>;

/** Parses a JSON body that must be an object (an empty body is `{}`). Throws AWS's `SerializationException`. */
export function parseJsonBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  if (isTooDeep(text)) throw validation(`The request body nests deeper than ${MAX_JSON_DEPTH} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw validation('The request body is not valid JSON.');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw validation('The request body must be a JSON object.');
  }
  return value as JsonObject;
}

/** Answers with JSON. */
export function sendJson(res: WireResponse, status: number, body: unknown, contentType: string): void {
  res.send(status, { 'content-type': contentType }, JSON.stringify(body ?? {}));
}

export type JsonOperation = (input: JsonObject, req?: WireRequest) => unknown | Promise<unknown>;

/**
 * A service that speaks awsJson: `POST /` with `X-Amz-Target: <prefix>.<Operation>`.
 * @param version `1.0` (Step Functions) or `1.1` (EventBridge); it is part of the content type.
 * @param operations by operation name; anything else is `UnknownOperationException`.
 */
export function awsJsonService(options: {
  name: string;
  targetPrefix: string;
  version: '1.0' | '1.1';
  operations: Readonly<Record<string, JsonOperation>>;
  close?: () => Promise<void> | void;
}): Service {
  const contentType = `application/x-amz-json-${options.version}`;
  const prefix = `${options.targetPrefix}.`;
  return {
    name: options.name,
    match: (req) => (req.headers['x-amz-target'] ?? '').startsWith(prefix),
    handle: async (req, res) => {
      const operation = (req.headers['x-amz-target'] ?? '').slice(prefix.length);
      try {
        const run = Object.hasOwn(options.operations, operation) ? options.operations[operation] : undefined;
        if (run === undefined) {
          sendAwsJsonError(res, contentType, unknownOperation(options.name, operation));
          return;
        }
        sendJson(res, 200, await run(parseJsonBody(req.body), req), contentType);
      } catch (thrown) {
        sendAwsJsonError(res, contentType, asAwsError(thrown));
      }
    },
    ...(options.close === undefined ? {} : { close: options.close }),
  };
}

function unknownOperation(service: string, operation: string): AwsError {
  const error = validation(`${service} does not support the operation '${operation}' in this runtime.`);
  return Object.assign(error, { code: 'UnknownOperationException' });
}

function sendAwsJsonError(res: WireResponse, contentType: string, error: AwsError): void {
  sendJson(res, error.status, { __type: error.code, message: error.message, ...error.extra }, contentType);
}

/** Answers with a restJson1 error: `x-amzn-errortype` header and `{message}`. */
export function sendRestError(res: WireResponse, thrown: unknown): void {
  const error = asAwsError(thrown);
  res.send(
    error.status,
    { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    JSON.stringify({ message: error.message, ...error.extra }),
  );
}

export interface RestRoute {
  readonly method: string;
  /** Path template with `{name}` labels. */
  readonly path: string;
  readonly handle: (params: Record<string, string>, req: WireRequest, res: WireResponse) => Promise<void>;
}

/** A service that speaks restJson1, as a table of routes. The first route that matches wins. */
export function restJsonService(name: string, routes: readonly RestRoute[]): Service {
  const find = (req: WireRequest) => {
    for (const route of routes) {
      if (route.method !== req.method) continue;
      const params = matchPath(route.path, req.path);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  };
  return {
    name,
    match: (req) => req.headers['x-amz-target'] === undefined && find(req) !== undefined,
    handle: async (req, res) => {
      const found = find(req);
      if (found === undefined) return sendRestError(res, validation(`No route ${req.method} ${req.path}.`));
      try {
        await found.route.handle(found.params, req, res);
      } catch (thrown) {
        sendRestError(res, thrown);
      }
    },
  };
}
