/** What an execution can wait for, other than a person's decision. */
export const WAIT_KINDS = ['posting'] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

/** An execution that waits on a task token until something happens outside. */
export interface TaskWait {
  readonly kind: WaitKind;
  readonly caseId: string;
  readonly taskToken: string;
}

/** Task tokens of executions that wait for an event. One per kind and case: a repeated task replaces its token. */
export interface TaskWaits {
  saveWait(wait: TaskWait): Promise<void>;
  /** Oldest first. */
  listWaits(kind: WaitKind): Promise<TaskWait[]>;
  /** Removes the wait if it still has that token. */
  removeWait(wait: TaskWait): Promise<void>;
}
