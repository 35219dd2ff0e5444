/** Task tokens say which task they belong to, so no table of open tokens is needed. */

export interface TokenParts {
  readonly execution: number;
  readonly thread: string;
}

const PREFIX = 'AQC';

/** @param nonce unguessable text; the token is only good while it is the thread's current one. */
export function encodeToken(execution: number, thread: string, nonce: string): string {
  return PREFIX + Buffer.from(`${execution}:${thread}:${nonce}`, 'utf8').toString('base64url');
}

/** The parts of a token, or undefined when it was not made here. */
export function decodeToken(token: string): TokenParts | undefined {
  if (!token.startsWith(PREFIX)) return undefined;
  const match = /^(\d{1,15}):(r(?:\/\d+)*):[\w-]+$/.exec(
    Buffer.from(token.slice(PREFIX.length), 'base64url').toString('utf8'),
  );
  return match === null ? undefined : { execution: Number(match[1]), thread: match[2] as string };
}
