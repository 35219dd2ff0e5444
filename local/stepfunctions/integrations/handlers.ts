/** The handlers a host passes in, and how one is found for a Task. */
import { isBuiltIn } from './built-in.ts';
import { Pattern, type TaskResource, unqualified } from './resource.ts';

/** Where a handler is called from. */
export interface TaskContext {
  /** ARN of the execution. */
  readonly execution: string;
  /** Name of the state. */
  readonly state: string;
  /** 1 for the first try of this visit of the state, 2 for its first retry, and so on. */
  readonly attempt: number;
  /** The same when the same try is sent again after a crash, and different for every other one. */
  readonly idempotencyKey: string;
}

export type TaskFunction = (payload: unknown, context: TaskContext) => unknown | Promise<unknown>;

/** A handler that runs in a worker thread: `module` exports `handler` (or a default function). */
export interface WorkerTask {
  readonly module: string | URL;
  readonly timeoutSeconds?: number;
  readonly memoryMb?: number;
}

export type TaskHandler = TaskFunction | WorkerTask;

/** By ARN. Only ever read as `tasks[arn]`, so it may be a Proxy; its keys are never listed. */
export type Tasks = Readonly<Record<string, TaskHandler>>;

export interface FoundHandler {
  readonly handler: TaskHandler;
  /** Whether the handler stands for the whole integration, so that its value is the raw result. */
  readonly raw: boolean;
}

/** `tasks[arn]`, but not what every object inherits: a function may be called `constructor`. */
function handlerAt(tasks: Tasks, arn: string): TaskHandler | undefined {
  const found = tasks[arn];
  return found === (Object.prototype as unknown as Tasks)[arn] ? undefined : found;
}

/** The handler of a function: by the name as given, then without version or alias, then by the full ARN. */
export function functionHandler(
  tasks: Tasks,
  functionName: string,
  accountArnPrefix: string,
): TaskHandler | undefined {
  const plain = unqualified(functionName);
  const handler = handlerAt(tasks, functionName) ?? handlerAt(tasks, plain);
  if (handler !== undefined || plain.startsWith('arn:')) return handler;
  return handlerAt(tasks, `${accountArnPrefix}:function:${plain}`);
}

/** The handler of a Task: first by its `Resource`, then (for Lambda) by the function. */
export function findHandler(
  tasks: Tasks,
  resource: TaskResource,
  functionName: string | undefined,
  accountArnPrefix: string,
): FoundHandler | undefined {
  const whole = handlerAt(tasks, resource.arn);
  if (whole !== undefined) return { handler: whole, raw: true };
  const name = resource.pattern === 'function' ? resource.arn : functionName;
  if (name === undefined) return undefined;
  const handler = functionHandler(tasks, name, accountArnPrefix);
  return handler === undefined ? undefined : { handler, raw: false };
}

/** Whether a Task can run: answers the definition check. A function named by an expression is checked when it runs. */
export function canRun(
  tasks: Tasks,
  resource: TaskResource,
  functionName: string | undefined,
  accountArnPrefix: string,
  extra: ReadonlySet<string>,
): boolean {
  if (findHandler(tasks, resource, functionName, accountArnPrefix) !== undefined) return true;
  if (isBuiltIn(resource)) return true;
  // `.sync` needs to know when the job of the other service ends; only nested executions are known here.
  if (resource.pattern !== Pattern.Sync && extra.has(`${resource.resourceType}:${resource.action}`))
    return true;
  return resource.resourceType === 'lambda' && resource.action === 'invoke' && functionName === undefined;
}
