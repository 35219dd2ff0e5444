/** Reads members of a request as AWS's own validation does. */
import { AwsError, validation } from '../../wire/aws-error.ts';
import { isTooDeep, MAX_JSON_DEPTH } from '../../wire/json-depth.ts';
import type { JsonObject } from '../../wire/protocols.ts';

function constraint(member: string, text: string): AwsError {
  return validation(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${text}`,
  );
}

/** A string member that must be there. */
export function required(input: JsonObject, member: string, max = 1_048_576): string {
  const value = optional(input, member, max);
  if (value === undefined) throw constraint(member, 'Member must not be null');
  return value;
}

export function optional(input: JsonObject, member: string, max = 1_048_576): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw constraint(member, 'Member must be a string');
  if (value.length > max) throw constraint(member, `Member must have length less than or equal to ${max}`);
  return value;
}

const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\ufffe\uffff]/u;

/** Name of a machine or an execution. */
export function checkName(name: string): string {
  if (name.length < 1 || name.length > 80 || FORBIDDEN.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
  return name;
}

/** Text of an input or output: JSON of at most 256 KiB. */
export function jsonPayload(text: string, code: 'InvalidExecutionInput' | 'InvalidOutput'): unknown {
  if (Buffer.byteLength(text, 'utf8') > 262_144) {
    const member = code === 'InvalidOutput' ? 'output' : 'input';
    throw constraint(member, 'Member must have length less than or equal to 262144');
  }
  const label = code === 'InvalidOutput' ? 'Invalid Output' : 'Invalid State Machine Execution Input';
  if (isTooDeep(text)) throw new AwsError(code, `${label}: 'nested deeper than ${MAX_JSON_DEPTH} levels'`);
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw new AwsError(code, `${label}: '${(thrown as Error).message}'`);
  }
}

/** An ARN of Step Functions with the given resource type. */
export function checkArn(arn: string, types: readonly string[]): string {
  const parts = arn.split(':');
  if (parts.length < 7 || parts[0] !== 'arn' || parts[2] !== 'states' || !types.includes(parts[5] ?? '')) {
    throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${arn}'`);
  }
  return arn;
}

/** Page of a list: at most `maxResults` rows, and where the next page begins. */
export function pageOf(
  input: JsonObject,
  largest: number,
): { readonly size: number; readonly offset: number } {
  const asked = input.maxResults ?? 0;
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 0 || asked > 1_000) {
    throw constraint('maxResults', 'Member must have value between 0 and 1000');
  }
  const token = optional(input, 'nextToken', 1_024);
  const text = token === undefined ? '0' : Buffer.from(token, 'base64url').toString('utf8');
  if (!/^\d{1,15}$/.test(text)) throw new AwsError('InvalidToken', `Invalid Token: 'Invalid token'`);
  return { size: asked === 0 ? Math.min(100, largest) : Math.min(asked, largest), offset: Number(text) };
}

/** The token of the page after `offset`. */
export function nextToken(offset: number): string {
  return Buffer.from(String(offset), 'utf8').toString('base64url');
}

/** Seconds since the epoch, as awsJson carries timestamps. */
export function epochSeconds(ms: number): number {
  return ms / 1000;
}
