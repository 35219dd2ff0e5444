import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { kpis } from '#apps/host/kpis.ts';
import { lapses } from '#apps/host/recoverability.ts';
import type { Stores } from '#apps/host/stores.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import type { Case } from '#core/domain/case.ts';
import type { CaseLookupPorts } from '#tools/case-lookup/ports.ts';
import { aProposal, event, TestClock } from './cases.ts';
import { type InvestigatedRun, investigatedRun } from './investigated-run.ts';

/** A run of the real engine with a case for each of its findings; the first has a proposal and waits for a decision. */
export interface LookupWorkspace {
  readonly ports: CaseLookupPorts;
  readonly opened: InvestigatedRun;
  /** The cases, largest first. */
  readonly cases: readonly Case[];
  close(): Promise<void>;
}

/** Opens it over a store of its own. The configuration is what the test says it is. */
export async function lookupWorkspace(): Promise<LookupWorkspace> {
  const opened = await investigatedRun();
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-lookup-'));
  const clock = new TestClock();
  const cases = await openSqliteCaseStore({ file: join(folder, 'store.db'), clock });
  const size = ({ impact }: (typeof opened.run.findings)[number]): number => Math.abs(Number(impact.minor));
  const all: Case[] = [];
  for (const finding of opened.run.findings.toSorted((a, b) => size(b) - size(a))) {
    all.push((await cases.openCase(finding, 'system')).case);
  }
  const [first] = all;
  if (first !== undefined) {
    const proposal = aProposal(first.caseId, { proposedBy: 'agent:playbook/investigator' });
    await cases.saveProposal(proposal, []);
    await cases.changeCase(first.caseId, event('proposal-made', 'investigating'), {});
    await cases.changeCase(first.caseId, event('decision-requested', 'awaiting-decision'), {});
  }
  const stores = { ...opened.run.ports, cases, clock } as unknown as Stores;
  return {
    opened,
    cases: all,
    ports: {
      ...opened.run.ports,
      cases,
      clock,
      remedyRules: DEFAULT_REMEDY_RULES,
      kpisOf: (runId) => kpis(stores, runId),
      lapsesOf: (some, bounds) => lapses(stores, some, bounds),
      configuration: async () => [
        { what: 'Node', status: 'ok', found: 'v24.0.0' },
        { what: 'Agents: converse', status: 'unavailable', found: 'no AWS region is set' },
      ],
    },
    close: async () => {
      await cases.close();
      await opened.close();
      await rm(folder, { recursive: true });
    },
  };
}
