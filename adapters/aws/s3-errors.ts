import { S3ServiceException } from '@aws-sdk/client-s3';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';

/** Where an object stands, for messages. */
export function uriOf(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** True for "there is no such object" (an answer to HEAD has no code, only its status). */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    error.$metadata.httpStatusCode === 404 &&
    error.name !== 'NoSuchBucket'
  );
}

/** True when an object stood there already, or another one than was expected. */
export function isRefusedByCondition(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}

/** True when two conditional writes met, after which S3 asks to try again. */
export function isConditionalConflict(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 409;
}

/** What S3 or the network answered, under a name that state machines can match on. */
export function plumblineErrorOf(error: unknown, bucket: string, key: string): PlumblineError {
  if (isPlumblineError(error)) return error;
  const where = uriOf(bucket, key);
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
  if (status >= 400 && status < 500 && status !== 429) {
    return new PlumblineError(
      'FileNotReadable',
      {
        what: 'S3 refused the request',
        where,
        why,
        next: "check the bucket's name and region, and that the function's role may read, write and list it",
      },
      { cause: error },
    );
  }
  return new PlumblineError(
    'EndpointUnreachable',
    { what: 'S3 did not answer', where, why, next: 'run it again', retryable: true },
    { cause: error },
  );
}
