/** Quotas of AWS Step Functions (Standard workflows) that this runtime enforces. */
export const Quota = {
  /** Bytes (UTF-8) of any input, output or result. */
  payloadBytes: 262_144,
  historyEvents: 25_000,
  definitionBytes: 1_048_576,
  nameLength: 80,
  errorLength: 256,
  causeLength: 32_768,
  tokenLength: 2_048,
  /** Iterations of an inline Map at once. */
  inlineConcurrency: 40,
  /** Child executions of a distributed Map at once, where the definition does not say. */
  distributedConcurrency: 1_000,
  executionSeconds: 365 * 24 * 3600,
  /** Bytes of one Assign, and of all variables of an execution. */
  assignBytes: 262_144,
  variablesBytes: 10 * 1024 * 1024,
  mapItems: 100_000_000,
} as const;

/** Length of a value as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? 'null', 'utf8');
}
