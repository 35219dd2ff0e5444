/** The facts that every error tells a user: a stable code, what, where, why, and what to do next. */
export interface ErrorFacts {
  /** What went wrong, in one clause. */
  readonly what: string;
  /** Where: `file:line`, a byte offset, a dataset and day, a case id. */
  readonly where?: string;
  /** Why it matters or what caused it. */
  readonly why?: string;
  /** The next step, ideally a command to type. */
  readonly next?: string;
  /** True when the same call may succeed later without a change. */
  readonly retryable?: boolean;
}

/**
 * Every error that Plumbline raises on purpose. The `name` is literal, because Step Functions matches
 * `ErrorEquals` on it; the `code` is stable for scripts. The list is closed: add a row, with its exit code.
 */
export const ERROR_CODES = {
  UsageError: { code: 'PL1001', exit: 2 },
  UnknownName: { code: 'PL1002', exit: 2 },
  DataFolderInUse: { code: 'PL1101', exit: 6 },
  EndpointUnreachable: { code: 'PL1102', exit: 6 },
  FileNotReadable: { code: 'PL2001', exit: 2 },
  FileChanged: { code: 'PL2002', exit: 5 },
  SchemaMismatch: { code: 'PL2003', exit: 2 },
  EncodingNotSupported: { code: 'PL2004', exit: 2 },
  EmptyFile: { code: 'PL2005', exit: 2 },
  FeedIncomplete: { code: 'PL2101', exit: 4 },
  DatasetMissing: { code: 'PL2102', exit: 4 },
  ConservationBroken: { code: 'PL3001', exit: 1 },
  ControlFailed: { code: 'PL3002', exit: 1 },
  RunNotFound: { code: 'PL3101', exit: 2 },
  CaseNotFound: { code: 'PL4001', exit: 2 },
  VersionMoved: { code: 'PL4002', exit: 5 },
  FourEyesRequired: { code: 'PL4003', exit: 5 },
  ReasonRequired: { code: 'PL4004', exit: 5 },
  NotAwaitingDecision: { code: 'PL4005', exit: 5 },
  ApprovalLimitExceeded: { code: 'PL4006', exit: 5 },
  ProposalMismatch: { code: 'PL4007', exit: 5 },
  AlreadyOrdered: { code: 'PL4008', exit: 5 },
  ToolInputInvalid: { code: 'PL5001', exit: 2 },
  AgentFailed: { code: 'PL5002', exit: 1 },
  EffectInDoubt: { code: 'PL5003', exit: 1 },
  ArchiveRefused: { code: 'PL2006', exit: 2 },
  FileRepeated: { code: 'PL2007', exit: 5 },
  FileReadDifferently: { code: 'PL2008', exit: 5 },
  MatchingUnstable: { code: 'PL3003', exit: 1 },
  NoTemporarySpace: { code: 'PL6001', exit: 6 },
  TariffInvalid: { code: 'PL7001', exit: 2 },
  RatingInputInvalid: { code: 'PL7002', exit: 2 },
  RatersDisagree: { code: 'PL7003', exit: 1 },
  ControlInvalid: { code: 'PL3004', exit: 2 },
} as const;

export type ErrorName = keyof typeof ERROR_CODES;

/** An expected failure with its facts. `name` is one of ERROR_CODES; `message` is what, where, why and next in one line. */
export class PlumblineError extends Error {
  override readonly name: ErrorName;
  readonly code: string;
  readonly exitCode: number;
  readonly facts: ErrorFacts;

  constructor(name: ErrorName, facts: ErrorFacts, options?: { cause?: unknown }) {
    super(messageOf(facts), options);
    this.name = name;
    this.code = ERROR_CODES[name].code;
    this.exitCode = ERROR_CODES[name].exit;
    this.facts = facts;
  }
}

/** True when the value is a PlumblineError, or one that crossed a JSON boundary with a known name. */
export function isPlumblineError(value: unknown): value is PlumblineError {
  return value instanceof PlumblineError;
}

function messageOf(facts: ErrorFacts): string {
  const where = facts.where ? ` (${facts.where})` : '';
  const why = facts.why ? `: ${facts.why}` : '';
  const next = facts.next ? `. Next: ${facts.next}` : '';
  return `${facts.what}${where}${why}${next}`;
}

/** Makes an exhaustive switch fail to compile when a member is added, and to throw when data lies about its type. */
export function assertNever(value: never, what: string): never {
  throw new TypeError(`Unexpected ${what}: ${JSON.stringify(value)}`);
}
