import { heldBy, itemOf, unknownItems } from '#core/cases/orders.ts';
import { INVESTIGATE } from '#core/cases/transitions.ts';
import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type Money, parseMoney, sum, toMoneyJson } from '#core/domain/money.ts';
import type { Day } from '#core/domain/period.ts';
import { type Finding, runKey } from '#core/domain/run.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { CaseOpening, CaseStore } from '#core/ports/case-store.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';
import type { OpenCaseInput, OpenCaseOutput } from './schema.ts';

/** What open-case works with. */
export interface OpenCasePorts {
  readonly cases: CaseStore;
  readonly runs: RunStore;
  readonly warehouse: Warehouse;
  readonly readSql: ReadSql;
}

/** A violation of the finding, by the item that an order of it would be. */
interface Member {
  readonly item: string;
  readonly impact: Money;
}

const MEMBERS = new URL('./members.sql', import.meta.url);

/**
 * Opens the case of a finding of a run, or brings the one that it has up to date. Where that one is decided or closed
 * and the finding has violations that no proposal of it had and nobody ordered, a successor is opened for those.
 */
export async function openCase(input: OpenCaseInput, ports: OpenCasePorts): Promise<OpenCaseOutput> {
  const { findingId, runId } = input;
  const finding = await findingOf(runId, findingId, ports.runs);
  const last = await ports.cases.caseOfFinding(findingId);
  const opening = await openingOf(finding, last, ports);
  const { case: opened, change } = await ports.cases.openCase(finding, 'system', opening);
  return {
    caseId: opened.caseId,
    caseVersion: opened.version,
    status: opened.status,
    change,
    investigate: INVESTIGATE[opened.status],
    findingId,
    runId,
  };
}

/** What may be asked for in a case of the finding: its violations without those that other cases have. */
async function openingOf(
  finding: Finding,
  last: Case | undefined,
  ports: OpenCasePorts,
): Promise<CaseOpening> {
  const { findingId } = finding;
  const members = await membersOf(finding, ports);
  const items = members.map(({ item }) => item);
  const mentions = await ports.cases.itemMentions(items);
  const decided = last?.status === 'remedying' || last?.status === 'closed';
  // What was not found for a while and is back was never decided: all of it is asked for again.
  const wasUnfound = last?.resolution === 'no-longer-found' || last?.resolution === 'explained-by-timing';
  if (decided && !wasUnfound && unknownItems(items, mentions, findingId).size === 0) return {};
  const held = heldBy(mentions, { caseId: decided ? null : (last?.caseId ?? null), findingId });
  const free = members.filter(({ item }) => {
    const other = held.get(item);
    // What only waits elsewhere may be rejected there: it stays potential here.
    return other === undefined || other.reason === 'awaited';
  });
  const potential = sum(
    free.map(({ impact }) => impact),
    finding.impact.asset,
  );
  return { potential: toMoneyJson(potential), ...(decided ? { successorOf: last.caseId } : {}) };
}

async function membersOf(finding: Finding, ports: OpenCasePorts): Promise<Member[]> {
  const session = await ports.warehouse.open();
  try {
    const rows = await session.query(await ports.readSql(MEMBERS), {
      finding: finding.findingId,
      violations: await ports.runs.localPath(runKey(finding.runId, 'violations')),
      members: await ports.runs.localPath(runKey(finding.runId, 'members')),
    });
    return rows.map((row) => ({
      item: itemOf(finding.controlId, {
        grain: row.grain as Grain,
        key: String(row.key),
        dt: String(row.dt) as Day,
      }),
      impact: parseMoney(String(row.impact), finding.impact.asset),
    }));
  } finally {
    await session.close();
  }
}

async function findingOf(runId: string, findingId: string, runs: RunStore): Promise<Finding> {
  const key = runKey(runId, 'findings');
  const findings = JSON.parse(await runs.readText(key)) as readonly Finding[];
  const finding = findings.find((candidate) => candidate.findingId === findingId);
  if (finding) return finding;
  throw new PlumblineError('UnknownName', {
    what: `Run ${runId} has no finding ${findingId}`,
    where: key,
    next: `plumbline runs show ${runId}`,
  });
}
