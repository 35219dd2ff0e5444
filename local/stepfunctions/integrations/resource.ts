/** Reads the `Resource` of a Task. */

export const Pattern = {
  /** A Lambda function's own ARN: its reply is the result, and its events are `LambdaFunction…`. */
  Function: 'function',
  RequestResponse: 'requestResponse',
  Sync: 'sync',
  Callback: 'waitForTaskToken',
} as const;
export type Pattern = (typeof Pattern)[keyof typeof Pattern];

export interface TaskResource {
  readonly arn: string;
  readonly pattern: Pattern;
  /** `lambda`, `states`, `aws-sdk:s3`; empty for a function ARN. */
  readonly resourceType: string;
  /** What events call `resource`: `invoke`, `startExecution.sync:2`; the ARN itself for a function. */
  readonly resource: string;
  /** The API action alone: `invoke`, `startExecution`. */
  readonly action: string;
}

const FUNCTION = /^arn:(aws[\w-]*):lambda:([\w-]*):(\d*):function:([\w-]+)(?::([\w$-]+))?$/;
const SERVICE =
  /^arn:aws[\w-]*:states:([\w-]*):(\d*):((?:aws-sdk:)?[\w-]+):(\w+)(?:\.(sync:2|sync|waitForTaskToken))?$/;

/** The parts of a resource ARN, or undefined when it is neither a function nor a service integration. */
export function parseResource(arn: string): TaskResource | undefined {
  if (FUNCTION.test(arn)) {
    return { arn, pattern: Pattern.Function, resourceType: '', resource: arn, action: 'invoke' };
  }
  const match = SERVICE.exec(arn);
  if (match === null || match[3] === 'activity') return undefined;
  const [, , , resourceType = '', action = '', suffix] = match;
  const pattern =
    suffix === undefined
      ? Pattern.RequestResponse
      : suffix === 'waitForTaskToken'
        ? Pattern.Callback
        : Pattern.Sync;
  return {
    arn,
    pattern,
    resourceType,
    action,
    resource: suffix === undefined ? action : `${action}.${suffix}`,
  };
}

/** The same function without a version or alias; the input when it is not a function ARN. */
export function unqualified(functionName: string): string {
  const match = FUNCTION.exec(functionName);
  if (match === null) return functionName.replace(/^([\w-]+):[\w$-]+$/, '$1');
  const [, partition, region, account, name] = match;
  return `arn:${partition}:lambda:${region}:${account}:function:${name}`;
}
