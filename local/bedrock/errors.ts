/** Errors of the Bedrock Agents API, by AWS's names and status codes. */
import { AwsError } from '../wire/aws-error.ts';

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

export class BedrockError extends AwsError {
  /** @param resource what failed outside: a function's ARN or a model's id. */
  constructor(name: BedrockErrorName, message: string, resource?: string, cause?: unknown) {
    super(name, message, STATUS[name], resource === undefined ? {} : { resourceName: resource });
    if (cause !== undefined) this.cause = cause;
  }
}

export const invalid = (message: string): BedrockError => new BedrockError('ValidationException', message);
export const notFound = (message: string): BedrockError =>
  new BedrockError('ResourceNotFoundException', message);
export const conflict = (message: string): BedrockError => new BedrockError('ConflictException', message);
export const dependencyFailed = (message: string, resource: string, cause?: unknown): BedrockError =>
  new BedrockError('DependencyFailedException', message, resource, cause);
