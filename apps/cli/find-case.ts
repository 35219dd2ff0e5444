import type { Stores } from '#apps/host/stores.ts';
import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';

/** The case of that id. Throws CaseNotFound naming the command that lists them. */
export async function findCase(stores: Stores, caseId: string): Promise<Case> {
  const found = await stores.cases.findCase(caseId);
  if (found) return found;
  throw new PlumblineError('CaseNotFound', {
    what: `There is no case ${caseId}`,
    next: 'plumbline cases list',
  });
}
