/** The result of `lambda:invoke` around a function's own reply. */
import { randomUUID } from 'node:crypto';

/** All of `{ Payload, StatusCode, … }`, as Step Functions passes Lambda's response on. */
export function lambdaReply(payload: unknown): Record<string, unknown> {
  const requestId = randomUUID();
  const length = String(Buffer.byteLength(JSON.stringify(payload ?? null)));
  const headers = {
    Connection: 'keep-alive',
    'Content-Length': length,
    'Content-Type': 'application/json',
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': requestId,
  };
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    ExecutedVersion: '$LATEST',
    Payload: payload ?? null,
    SdkHttpMetadata: { AllHttpHeaders: lists, HttpHeaders: headers, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}
