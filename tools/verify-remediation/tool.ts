import { type AdjustmentLine, readAdjustments } from '#core/cases/adjustments.ts';
import { changeByRule, requireCase } from '#core/cases/change.ts';
import { measureRecovered } from '#core/cases/money.ts';
import { gapKeyOf } from '#core/cases/orders.ts';
import { assertIntact } from '#core/cases/proposal.ts';
import { type EarlierOrders, type Gaps, measureRecovery, type Recovery } from '#core/cases/recovery.ts';
import { statusAfter } from '#core/cases/transitions.ts';
import type { Case, Proposal } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type Money, money, parseMoney, toMoneyJson, zero } from '#core/domain/money.ts';
import type { Day } from '#core/domain/period.ts';
import { runKey } from '#core/domain/run.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';
import type { VerifyRemediationInput, VerifyRemediationOutput } from './schema.ts';

/** What is to be measured again: keys of one grain of one period. */
export interface RemeasureRequest {
  readonly runId: string;
  readonly period: string;
  readonly grain: Grain;
  readonly keys: readonly { readonly key: string; readonly dt: Day }[];
}

/**
 * Reconciles keys against the lake as it is now and returns the whole gap of each, `0.000000` where it is closed.
 * A key that cannot be measured (its day is incomplete) is absent from the answer.
 */
export type Remeasure = (request: RemeasureRequest) => Promise<Gaps>;

/** What verify-remediation works with. */
export interface VerifyRemediationPorts {
  readonly cases: CaseStore;
  readonly runs: RunStore;
  readonly warehouse: Warehouse;
  readonly readSql: ReadSql;
  readonly remeasure: Remeasure;
}

const GAP_BEFORE = new URL('./gap-before.sql', import.meta.url);

/**
 * Measures whether an applied remedy moved the money, and moves it from confirmed to recovered only where it did.
 * Each attempt is recorded once; a later one replaces what an earlier one measured.
 */
export async function verifyRemediation(
  input: VerifyRemediationInput,
  ports: VerifyRemediationPorts,
): Promise<VerifyRemediationOutput> {
  const { caseId, attempt } = input;
  const before = await requireCase(ports.cases, caseId);
  const proposal = await requireApproved(before, ports.cases);
  const { file, sha256, total } = proposal.adjustments;
  const lines = readAdjustments(await ports.runs.readText(file), sha256, file);
  const recovery = await measure(lines, before, input, ports, total.asset);
  const { recovered, movedItems, unmeasured } = recovery;
  const verified = await changeByRule(
    ports.cases,
    caseId,
    (current) => ({
      kind: 'remedy-verified',
      actor: 'system',
      data: {
        attempt,
        items: lines.length,
        movedItems,
        unmeasured,
        recovered: { ...toMoneyJson(recovered) },
      },
      status: statusAfter(current, 'remedy-verified'),
      money: measureRecovered(current.money, recovered),
    }),
    `remedy-verified:${proposal.proposalHash}:${attempt}`,
  );
  return {
    caseId,
    caseVersion: verified.version,
    attempt,
    allMoved: movedItems === lines.length,
    moved: verified.money.recovered,
    remaining: verified.money.confirmed,
    items: lines.length,
    movedItems,
  };
}

async function requireApproved(current: Case, store: CaseStore): Promise<Proposal> {
  const decisions = await store.listDecisions(current.caseId);
  const approved = decisions.findLast((decision) => decision.verdict === 'approved');
  const proposal = approved && (await store.findProposal(approved.proposalHash));
  if (proposal) {
    assertIntact(proposal);
    return proposal;
  }
  throw new PlumblineError('ProposalMismatch', {
    what: `Case ${current.caseId} has no approved proposal to verify`,
    next: `plumbline cases show ${current.caseId}`,
  });
}

async function measure(
  lines: readonly AdjustmentLine[],
  current: Case,
  input: VerifyRemediationInput,
  ports: VerifyRemediationPorts,
  asset: Proposal['adjustments']['total']['asset'],
): Promise<Recovery> {
  const [first] = lines;
  if (!first) return { recovered: zero(asset), movedItems: 0, unmeasured: 0 };
  // A finding is of one control, and a control has one grain.
  const { grain } = first;
  const now = await ports.remeasure({
    runId: input.runId,
    period: current.period,
    grain,
    keys: lines.map(({ key, dt }) => ({ key, dt })),
  });
  const before = await gapsBefore(current, grain, input, ports);
  const earlier = await earlierOrders(lines, current, ports.cases, asset);
  return measureRecovery(lines, before, now, asset, earlier);
}

/** The orders of other cases on the keys of the lines, as far as they were approved before. */
async function earlierOrders(
  lines: readonly AdjustmentLine[],
  { caseId }: Case,
  store: CaseStore,
  asset: Money['asset'],
): Promise<EarlierOrders> {
  const orders = await store.ordersOnKeys([...new Set(lines.map(gapKeyOf))]);
  const byKey = Map.groupBy(orders, (order) => order.gapKey);
  return (line) => {
    const all = byKey.get(gapKeyOf(line)) ?? [];
    const own = all.findIndex((order) => order.caseId === caseId);
    return all
      .slice(0, Math.max(own, 0))
      .map(({ amount, gap }) => ({ amount: money(BigInt(amount), asset), gap: parseMoney(gap, asset) }));
  };
}

async function gapsBefore(
  current: Case,
  grain: Grain,
  input: VerifyRemediationInput,
  ports: VerifyRemediationPorts,
): Promise<Gaps> {
  const session = await ports.warehouse.open();
  try {
    const rows = await session.query(await ports.readSql(GAP_BEFORE), {
      grain,
      finding: current.findingId,
      violations: await ports.runs.localPath(runKey(input.runId, 'violations')),
      members: await ports.runs.localPath(runKey(input.runId, 'members')),
    });
    return new Map(rows.map((row) => [String(row.key), String(row.gap)]));
  } finally {
    await session.close();
  }
}
