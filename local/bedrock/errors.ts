/** Errors of the Bedrock Agents API, by AWS's names and status codes. */

const STATUS = {
  AccessDeniedException: 403,
  BadGatewayException: 502,
  ConflictException: 409,
  DependencyFailedException: 424,
  InternalServerException: 500,
  ModelNotReadyException: 424,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 400,
  ThrottlingException: 429,
  ValidationException: 400,
} as const;

export type BedrockErrorName = keyof typeof STATUS;

export class BedrockError extends Error {
  readonly status: number;
  /** Name of the member of the response stream, e.g. `validationException`. */
  readonly streamName: string;
  /** What failed outside: a function's ARN or a model's id. */
  readonly resourceName: string | undefined;

  constructor(name: BedrockErrorName, message: string, resourceName?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.status = STATUS[name];
    this.streamName = name.charAt(0).toLowerCase() + name.slice(1);
    this.resourceName = resourceName;
  }

  /** The JSON body of the error, as the SDK reads it. */
  body(): Record<string, string> {
    return {
      message: this.message,
      ...(this.resourceName === undefined ? {} : { resourceName: this.resourceName }),
    };
  }
}

export const invalid = (message: string): BedrockError => new BedrockError('ValidationException', message);
export const notFound = (message: string): BedrockError =>
  new BedrockError('ResourceNotFoundException', message);
export const conflict = (message: string): BedrockError => new BedrockError('ConflictException', message);
export const dependencyFailed = (message: string, resource: string, cause?: unknown): BedrockError =>
  new BedrockError('DependencyFailedException', message, resource, { cause });

/** Turns anything thrown into an error of the API; what is unknown becomes InternalServerException. */
export function asBedrockError(error: unknown): BedrockError {
  if (error instanceof BedrockError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BedrockError('InternalServerException', message, undefined, { cause: error });
}
