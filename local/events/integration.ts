/** `events:putEvents` as a Task of a state machine calls it. */
import type { EventsService } from './service.ts';

interface Entry {
  readonly Detail?: unknown;
  readonly Resources?: readonly string[];
  readonly [name: string]: unknown;
}

interface PutEventsAnswer {
  readonly FailedEntryCount: number;
  readonly Entries: readonly { readonly ErrorCode?: string; readonly ErrorMessage?: string }[];
}

/**
 * A detail may be an object; the execution is added to the resources of each entry. Throws
 * `EventBridge.FailedEntry` where an entry was not taken: the others were, as at AWS.
 */
export async function putEventsTask(
  events: Pick<EventsService, 'putEvents'>,
  parameters: unknown,
  executionArn: string,
): Promise<unknown> {
  const { Entries, ...rest } = parameters as { Entries?: readonly Entry[] };
  const entries = (Array.isArray(Entries) ? (Entries as readonly Entry[]) : []).map((entry) => ({
    ...entry,
    Detail:
      typeof entry.Detail === 'object' && entry.Detail !== null ? JSON.stringify(entry.Detail) : entry.Detail,
    Resources: [...(entry.Resources ?? []), executionArn],
  }));
  const answer = events.putEvents({ ...rest, Entries: entries }) as PutEventsAnswer;
  if (answer.FailedEntryCount > 0) {
    const error = new Error(JSON.stringify(answer));
    error.name = 'EventBridge.FailedEntry';
    throw error;
  }
  return answer;
}
