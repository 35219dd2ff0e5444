import type { Case } from '#core/domain/case.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import type { CaseChange, CaseStore } from '#core/ports/case-store.ts';

/** How often a change is computed anew when somebody else was quicker. */
const TRIES = 5;

/** Loads a case. Throws CaseNotFound. */
export async function requireCase(store: CaseStore, caseId: string): Promise<Case> {
  const found = await store.findCase(caseId);
  if (found) return found;
  throw new PlumblineError('CaseNotFound', {
    what: `There is no case ${caseId}`,
    next: 'plumbline cases list',
  });
}

/**
 * Applies a change that is computed from the case as it is. Written against the version that it was computed from
 * and computed anew when that has moved, so that a comment in between loses nothing. `rule` returns undefined when
 * there is nothing to do, and is not asked when the change named by `dedupeKey` has happened already.
 */
export async function changeByRule(
  store: CaseStore,
  caseId: string,
  rule: (current: Case) => CaseChange | undefined,
  dedupeKey?: string,
): Promise<Case> {
  for (let attempt = 1; ; attempt += 1) {
    const current = await requireCase(store, caseId);
    if (dedupeKey !== undefined && (await store.hasHappened(caseId, dedupeKey))) return current;
    const change = rule(current);
    if (!change) return current;
    try {
      const options = { expectedVersion: current.version, ...(dedupeKey === undefined ? {} : { dedupeKey }) };
      return await store.changeCase(caseId, change, options);
    } catch (error) {
      const moved = isPlumblineError(error) && error.name === 'VersionMoved';
      if (!moved || attempt === TRIES) throw error;
    }
  }
}
