/** What the parts of the definition check share. */
import type { Diagnostics } from './diagnostics.ts';

/** Whether the runtime has what a Task needs. `functionName` is undefined when an expression computes it. */
export type CanRun = (resourceArn: string, functionName: string | undefined) => boolean;

export type Json = Readonly<Record<string, unknown>>;

export interface Check {
  readonly diagnostics: Diagnostics;
  readonly canRun: CanRun;
  readonly names: Set<string>;
  /** Checks a nested machine: a branch or an item processor. */
  readonly region: (region: Json, path: string, language: string, check: Check) => void;
}

export const MAX_STATE_NAME = 80;

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
