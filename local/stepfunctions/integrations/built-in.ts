/** Integrations the runtime carries out itself, without a handler. */
import type { TaskResource } from './resource.ts';

/** `states:startExecution` in all its patterns. */
export function isStartExecution(resource: TaskResource): boolean {
  return resource.resourceType === 'states' && resource.action === 'startExecution';
}

export function isBuiltIn(resource: TaskResource): boolean {
  return isStartExecution(resource);
}
