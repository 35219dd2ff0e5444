import type { Case, CaseEventKind, CaseStatus } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';

type Step = {
  readonly from: readonly CaseStatus[];
  /** Null where the event leaves the status as it is. */
  readonly to: CaseStatus | null;
};

const ANY: readonly CaseStatus[] = ['open', 'investigating', 'awaiting-decision', 'remedying', 'closed'];

/** Which event may follow which status, and where it leads. A rejected decision is followed by `case-closed`. */
export const TRANSITIONS: Readonly<Record<CaseEventKind, Step>> = {
  'case-opened': { from: [], to: 'open' },
  'finding-updated': { from: ANY, to: null },
  'investigation-started': { from: ['open', 'investigating'], to: 'investigating' },
  'investigation-completed': { from: ['open', 'investigating'], to: 'investigating' },
  'proposal-made': { from: ['open', 'investigating'], to: 'investigating' },
  'decision-requested': { from: ['investigating'], to: 'awaiting-decision' },
  'decision-recorded': { from: ['awaiting-decision'], to: null },
  'decision-refused': { from: ANY, to: null },
  'remedy-applied': { from: ['remedying'], to: null },
  'remedy-verified': { from: ['remedying'], to: null },
  'verdict-recorded': { from: ANY, to: null },
  'comment-added': { from: ANY, to: null },
  'case-assigned': { from: ANY, to: null },
  'case-closed': { from: ['open', 'investigating', 'awaiting-decision', 'remedying'], to: 'closed' },
};

/** The status after an event. Throws VersionMoved when the case is past the point where it can happen. */
export function statusAfter(current: Case, kind: CaseEventKind): CaseStatus {
  const step = TRANSITIONS[kind];
  if (step.from.includes(current.status)) return step.to ?? current.status;
  throw new PlumblineError('VersionMoved', {
    what: `Case ${current.caseId} is ${current.status}`,
    where: `version ${current.version}`,
    why: `${kind} can follow only ${step.from.join(', ') || 'nothing'}`,
    next: `plumbline cases show ${current.caseId}`,
  });
}

/**
 * Whether a case that was just found is to be investigated: not when a person has decided, not when it is closed,
 * and not again while a decision is awaited on what is known.
 */
export const INVESTIGATE: Readonly<Record<CaseStatus, boolean>> = {
  open: true,
  investigating: true,
  'awaiting-decision': false,
  remedying: false,
  closed: false,
};
