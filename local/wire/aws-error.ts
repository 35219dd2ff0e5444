/**
 * An error that goes back over the wire in AWS's shape.
 *
 * `code` is the modelled exception name (`ExecutionDoesNotExist`, `ValidationException`); the SDK clients turn it
 * into the exception class of that name. `extra` holds further modelled members.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extra: Record<string, unknown>;

  constructor(code: string, message: string, status = 400, extra: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.extra = extra;
  }
}

/** `ValidationException` with AWS's usual status. */
export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** Any thrown value as an AwsError: a bug in a service is AWS's `InternalServerException`, never a dropped socket. */
export function asAwsError(thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  const { name, message: text } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  const message = text === undefined ? String(thrown) : `${String(name)}: ${String(text)}`;
  return new AwsError('InternalServerException', message, 500);
}
