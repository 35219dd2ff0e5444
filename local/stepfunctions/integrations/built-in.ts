/** Integrations the runtime carries out itself, without a handler. */
import { Pattern, type TaskResource } from './resource.ts';

/** `states:startExecution` in all its patterns. */
export function isStartExecution(resource: TaskResource): boolean {
  return resource.resourceType === 'states' && resource.action === 'startExecution';
}

export function isBuiltIn(resource: TaskResource): boolean {
  return isStartExecution(resource);
}

/** Whether a service integration knows the pattern at all. */
export function supportsPattern(resource: TaskResource): boolean {
  if (resource.pattern !== Pattern.Sync) return true;
  // `.sync` needs to know when the job of the other service ends; only nested executions are known here.
  return isStartExecution(resource);
}
