/** `events:putEvents` as a Task: Detail is given as JSON, and a rejected entry fails the task. */

/** What the bus offers inside the process. */
export interface EventBus {
  putEvents(input: Readonly<Record<string, unknown>>): unknown;
}

interface Reply {
  readonly FailedEntryCount: number;
  readonly Entries: readonly { readonly ErrorCode?: string; readonly ErrorMessage?: string }[];
}

/** Throws an Error named after the first rejected entry's code. */
export function putEvents(bus: EventBus, parameters: unknown): unknown {
  const { Entries: entries, ...rest } = (parameters ?? {}) as Record<string, unknown>;
  const texts = Array.isArray(entries)
    ? entries.map((entry: Record<string, unknown>) => ({
        ...entry,
        ...(typeof entry.Detail === 'object' ? { Detail: JSON.stringify(entry.Detail) } : {}),
      }))
    : entries;
  const reply = bus.putEvents({ ...rest, Entries: texts }) as Reply;
  const failed = reply.Entries.find((entry) => entry.ErrorCode !== undefined);
  if (reply.FailedEntryCount === 0 || failed === undefined) return reply;
  throw Object.assign(new Error(failed.ErrorMessage ?? 'An entry was rejected'), {
    name: `EventBridge.${failed.ErrorCode}`,
  });
}
