import { AgentToolError } from '#core/agent-tool/errors.ts';
import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { SubjectOf } from '#core/agent-tool/scope.ts';
import type { CaseLookupPorts } from './ports.ts';
import type { CaseLookupInput, LookupSubject } from './schema.ts';
import { caseIdOf, lookUpCase, lookUpCases } from './subjects/cases.ts';
import { lookUpChanges } from './subjects/changes.ts';
import { lookUpControl, lookUpControls } from './subjects/controls.ts';
import { lookUpRecoverability } from './subjects/recoverability.ts';
import { lookUpFeeds, lookUpKpis, lookUpRun, lookUpRuns } from './subjects/runs.ts';

type Look = (input: CaseLookupInput, ports: CaseLookupPorts) => Promise<ReplyContent>;

const LOOKS: Readonly<Record<LookupSubject, Look>> = {
  cases: lookUpCases,
  case: ({ name }, ports) => lookUpCase(caseIdOf(name), ports),
  controls: lookUpControls,
  control: lookUpControl,
  runs: lookUpRuns,
  run: lookUpRun,
  feeds: lookUpFeeds,
  kpis: lookUpKpis,
  changes: lookUpChanges,
  'config-check': async (_input, ports) => {
    const checks = await ports.configuration();
    const count = (status: string) => checks.filter((check) => check.status === status).length;
    return {
      subject: 'config-check',
      thingsChecked: checks.length,
      ok: count('ok'),
      warnings: count('warning'),
      failed: count('failed'),
      unavailable: count('unavailable'),
      checks: checks.map(({ what, status, found }) => ({ what, status, found })),
    };
  },
  recoverability: ({ name }, ports) =>
    lookUpRecoverability(name === undefined ? undefined : caseIdOf(name), ports),
};

/**
 * Looks something up in the workspace, or in a session about one case, that case alone: its figures, what of it can be
 * recovered, and the catalogue of controls. What does not exist is answered with `found: false`, which is evidence too.
 * Throws AgentToolError NOT_FOUND for another case than the session's, INVALID_INPUT where a name is needed.
 */
export async function lookUp(
  input: CaseLookupInput,
  scope: SubjectOf<'workspace' | 'case'>,
  ports: CaseLookupPorts,
): Promise<ReplyContent> {
  if (scope.kind === 'workspace') return LOOKS[input.subject](input, ports);
  if (input.subject === 'control') return LOOKS.control(input, ports);
  const isOwn = input.name === undefined || caseIdOf(input.name) === scope.caseId;
  if (!isOwn || (input.subject !== 'case' && input.subject !== 'recoverability')) {
    throw new AgentToolError('NOT_FOUND', 'This session is about one case: look up case or recoverability.');
  }
  return LOOKS[input.subject]({ ...input, name: scope.caseId }, ports);
}
