import { proposalHashOf } from '#core/cases/proposal.ts';
import type { CaseStatus, Decision, Evidence, Proposal } from '#core/domain/case.ts';
import type { Finding } from '#core/domain/run.ts';
import type { CaseChange, CaseStore, ProposalItem } from '#core/ports/case-store.ts';
import type { Clock } from '#core/ports/clock.ts';

/** A clock that moves only when it is told to. */
export class TestClock implements Clock {
  #now = Date.parse('2026-11-03T09:00:00.000Z');

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** A finding of 3 zero-rated calls worth EUR 6.150000. */
export function aFinding(changes: Partial<Finding> = {}): Finding {
  return {
    findingId: 'f-0a1b2c3d4e5f6071',
    runId: 'run-1',
    controlId: 'R03',
    period: '2026-10',
    direction: 'under-charged',
    symptom: 'zero-rate',
    segment: { service: 'voice', rating_source: 'ocs-2' },
    title: 'Zero-rated voice on ocs-2.',
    violations: 3,
    records: 3,
    subscriptions: 2,
    impact: { minor: '6150000', asset: 'EUR/6' },
    estimated: false,
    firstEvent: '2026-10-14T11:02:03.000Z',
    lastEvent: '2026-10-16T08:00:00.000Z',
    material: true,
    ...changes,
  };
}

/** A proposal to charge all of `aFinding`, sealed with its hash. */
export function aProposal(caseId: string, changes: Partial<Omit<Proposal, 'proposalHash'>> = {}): Proposal {
  const body: Omit<Proposal, 'proposalHash'> = {
    proposalId: 'p-000000000001',
    caseId,
    caseVersion: 1,
    proposedBy: 'agent:investigator',
    remedy: 'rebill-adjustment',
    summary: 'Charge 3 calls',
    explanation: {
      claims: [{ text: 'All are on ocs-2', evidenceIds: ['ev-000000000001'] }],
      removed: [],
    },
    hypotheses: [
      {
        cause: 'A price is missing on ocs-2',
        verdict: 'supported',
        test: 'Other engines charge',
        evidenceIds: [],
      },
    ],
    cause: 'A price is missing on ocs-2',
    changeId: 'CHG-7',
    adjustments: {
      count: 3,
      total: { minor: '6150000', asset: 'EUR/6' },
      file: 'run-1/adjustments/p-000000000001.jsonl',
      sha256: 'a'.repeat(64),
    },
    ticket: { name: 'Zero-rated voice on ocs-2', description: 'Load the price list again' },
    ...changes,
  };
  return { ...body, proposalHash: proposalHashOf(body) };
}

export function someEvidence(caseId: string, changes: Partial<Evidence> = {}): Evidence {
  return {
    evidenceId: 'ev-000000000001',
    caseId,
    tool: 'usage-query',
    input: { question: 'by-dimension' },
    content: { rows: [{ rating_source: 'ocs-2', violations: 3 }] },
    hash: 'b'.repeat(64),
    ...changes,
  };
}

/** As many items as the proposal orders, each of a key of its own. */
export function itemsOf(proposal: Proposal, name = proposal.caseId): ProposalItem[] {
  return Array.from({ length: proposal.adjustments.count }, (_, i) => ({
    item: `item-${name}-${i}`,
    gapKey: `key-${name}-${i}`,
    amount: '1',
    gap: '0.000001',
  }));
}

export const TOKEN = 'token-1';

/** A case that waits for a decision on a proposal. */
export async function awaitingDecision(
  store: CaseStore,
  options: {
    readonly finding?: Finding;
    readonly proposal?: Partial<Omit<Proposal, 'proposalHash'>>;
    /** Whose items the proposal names; null: it names none. The case's own where it is left out. */
    readonly items?: string | null;
  } = {},
): Promise<{ caseId: string; version: number; proposal: Proposal }> {
  const opened = await store.openCase(options.finding ?? aFinding(), 'system');
  const { caseId } = opened.case;
  const proposal = aProposal(caseId, options.proposal);
  await store.saveProposal(proposal, options.items === null ? [] : itemsOf(proposal, options.items));
  await store.changeCase(caseId, event('proposal-made', 'investigating'), {});
  const { version } = await store.changeCase(caseId, event('decision-requested', 'awaiting-decision'), {});
  await store.savePendingDecision({
    caseId,
    proposalHash: proposal.proposalHash,
    taskToken: TOKEN,
    requestedAt: '2026-11-03T09:00:00.000Z',
  });
  return { caseId, version, proposal };
}

export function event(kind: CaseChange['kind'], status?: CaseStatus): CaseChange {
  return { kind, actor: 'system', data: {}, ...(status === undefined ? {} : { status }) };
}

export function aDecision(
  awaited: { caseId: string; version: number; proposal: Proposal },
  changes: Partial<Decision> = {},
): Decision {
  return {
    decisionId: 'd-000000000001',
    caseId: awaited.caseId,
    caseVersion: awaited.version,
    proposalHash: awaited.proposal.proposalHash,
    verdict: 'approved',
    reason: 'evidence-sufficient',
    comment: 'Seen the records',
    decidedBy: 'anna',
    decidedAt: '2026-11-03T09:12:44.000Z',
    ...changes,
  };
}
