/** Names of errors that Step Functions itself raises, and the failure that travels through a state machine. */
export const StatesError = {
  All: 'States.ALL',
  TaskFailed: 'States.TaskFailed',
  Timeout: 'States.Timeout',
  HeartbeatTimeout: 'States.HeartbeatTimeout',
  Runtime: 'States.Runtime',
  DataLimitExceeded: 'States.DataLimitExceeded',
  QueryEvaluationError: 'States.QueryEvaluationError',
  NoChoiceMatched: 'States.NoChoiceMatched',
  ExceedToleratedFailureThreshold: 'States.ExceedToleratedFailureThreshold',
  ItemReaderFailed: 'States.ItemReaderFailed',
  ResultWriterFailed: 'States.ResultWriterFailed',
  Permissions: 'States.Permissions',
} as const;

/** How a state, an iteration or an execution failed. Either member may be absent, as in AWS's events. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
}

/** A JSONata or field error: it has an `EvaluationFailed` event of its own. */
export class EvaluationError extends Error {
  /** Path of the field, such as `Output/total[0]`. */
  readonly location: string;

  constructor(location: string, message: string) {
    super(message);
    this.name = 'EvaluationError';
    this.location = location;
  }
}

/** A failure of a state that is not an evaluation error. */
export class StateFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.cause ?? failure.error ?? 'failed');
    this.name = 'StateFailure';
    this.failure = failure;
  }
}
