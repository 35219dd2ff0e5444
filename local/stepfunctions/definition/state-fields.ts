/** The members each state type may have in a JSONata definition. */
import type { FieldKind } from './fields.ts';
import type { StateType } from './model.ts';

type Fields = Readonly<Record<string, FieldKind>>;

const COMMON: Fields = { Type: 'text', Comment: 'text', QueryLanguage: 'text' };
const NEXT: Fields = { Next: 'text', End: 'boolean' };
const OUTPUT: Fields = { Output: 'any', Assign: 'any' };

/** Fields marked `any` are checked by their own rules, because other members of `$states` exist in them. */
export const STATE_FIELDS: Readonly<Record<StateType, Fields>> = {
  Pass: { ...COMMON, ...NEXT, Output: 'template', Assign: 'assignments' },
  Task: {
    ...COMMON,
    ...NEXT,
    ...OUTPUT,
    Resource: 'text',
    Arguments: 'template',
    Credentials: 'template',
    TimeoutSeconds: 'positiveOrExpression',
    HeartbeatSeconds: 'positiveOrExpression',
    Retry: 'any',
    Catch: 'any',
  },
  Choice: { ...COMMON, Choices: 'any', Default: 'text', Output: 'template', Assign: 'assignments' },
  Wait: {
    ...COMMON,
    ...NEXT,
    Output: 'template',
    Assign: 'assignments',
    Seconds: 'countOrExpression',
    Timestamp: 'textOrExpression',
  },
  Succeed: { ...COMMON, Output: 'template' },
  Fail: { ...COMMON, Error: 'textOrExpression', Cause: 'textOrExpression' },
  Parallel: {
    ...COMMON,
    ...NEXT,
    ...OUTPUT,
    Branches: 'any',
    Arguments: 'template',
    Retry: 'any',
    Catch: 'any',
  },
  Map: {
    ...COMMON,
    ...NEXT,
    ...OUTPUT,
    ItemProcessor: 'any',
    Items: 'template',
    ItemSelector: 'template',
    ItemReader: 'any',
    ItemBatcher: 'any',
    ResultWriter: 'any',
    MaxConcurrency: 'countOrExpression',
    ToleratedFailureCount: 'countOrExpression',
    ToleratedFailurePercentage: 'percentageOrExpression',
    Label: 'text',
    Retry: 'any',
    Catch: 'any',
  },
};

export const RETRIER_FIELDS: Fields = {
  Comment: 'text',
  ErrorEquals: 'any',
  IntervalSeconds: 'positive',
  MaxAttempts: 'count',
  BackoffRate: 'any',
  MaxDelaySeconds: 'positive',
  JitterStrategy: 'text',
};

export const CATCHER_FIELDS: Fields = {
  Comment: 'text',
  ErrorEquals: 'any',
  Next: 'text',
  Assign: 'assignments',
  Output: 'template',
};

export const RULE_FIELDS: Fields = {
  Comment: 'text',
  Condition: 'any',
  Next: 'text',
  Assign: 'assignments',
  Output: 'template',
};

export const READER_FIELDS: Fields = { Resource: 'text', Arguments: 'template', ReaderConfig: 'any' };
export const READER_CONFIG_FIELDS: Fields = {
  InputType: 'text',
  CSVHeaderLocation: 'text',
  CSVHeaders: 'any',
  CSVDelimiter: 'text',
  MaxItems: 'countOrExpression',
  ItemsPointer: 'text',
};
export const BATCHER_FIELDS: Fields = {
  BatchInput: 'template',
  MaxItemsPerBatch: 'positiveOrExpression',
  MaxInputBytesPerBatch: 'positiveOrExpression',
};
export const WRITER_FIELDS: Fields = { Resource: 'text', Arguments: 'template', WriterConfig: 'any' };
export const WRITER_CONFIG_FIELDS: Fields = { Transformation: 'text', OutputType: 'text' };
