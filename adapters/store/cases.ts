import type { Kysely, Selectable } from 'kysely';
import type { Case, CaseStatus, MoneyStates } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { canonicalJson } from '#core/domain/hash.ts';
import type { MoneyJson } from '#core/domain/money.ts';
import type { Finding } from '#core/domain/run.ts';
import type { CaseChange, CaseOpening } from '#core/ports/case-store.ts';
import { appendEvent } from './audit.ts';
import { type CasesTable, caseOf, type StoreTables } from './tables.ts';

type Database = Kysely<StoreTables>;
type CaseRow = Selectable<CasesTable>;

const SHORTEST_ID = 8;

/** What a finding changes in a case that was opened before. */
const FOLLOWS_FINDING: Readonly<Record<CaseStatus, boolean>> = {
  open: true,
  investigating: true,
  'awaiting-decision': true,
  // Decided by a person on what was shown: a later run does not move the money under their feet.
  remedying: false,
  closed: false,
};

/** Opens or updates a case; see the port. The caller holds a transaction. */
export async function openCase(
  trx: Database,
  finding: Finding,
  actor: string,
  at: string,
  opening: CaseOpening,
): Promise<{ case: Case; change: 'opened' | 'updated' | 'unchanged' }> {
  const last = await lastCaseOf(trx, finding.findingId);
  // Its predecessor is looked at again here: of two that follow the same case one opens, the other updates.
  const follows = last !== undefined && last.case_id === opening.successorOf && !FOLLOWS_FINDING[last.status];
  const row = follows ? undefined : last;
  const caseId = row?.case_id ?? (await freeCaseId(trx, finding.findingId, last));
  await trx
    .insertInto('case_runs')
    .values({ case_id: caseId, run_id: finding.runId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const potential = opening.potential ?? finding.impact;
  if (!row) {
    const fresh = { caseId, potential, predecessor: last };
    return { case: await insertCase(trx, fresh, finding, actor, at), change: 'opened' };
  }
  if (sameFinding(JSON.parse(row.finding), finding)) return { case: caseOf(row), change: 'unchanged' };
  return { case: await updateFinding(trx, row, finding, potential, actor, at), change: 'updated' };
}

/** The last case of a finding, if it has one. */
export function lastCaseOf(db: Database, findingId: string): Promise<CaseRow | undefined> {
  return db
    .selectFrom('cases')
    .selectAll()
    .where('finding_id', '=', findingId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Equal in everything but the run that found it. */
function sameFinding(a: Finding, b: Finding): boolean {
  return canonicalJson({ ...a, runId: '' }) === canonicalJson({ ...b, runId: '' });
}

/**
 * Eight digits of the finding's hash; more where two findings share them, so that no case takes in another's finding. A
 * successor has the id of the first case and its number.
 */
async function freeCaseId(trx: Database, findingId: string, last: CaseRow | undefined): Promise<string> {
  if (last) return `${last.case_id.replace(/(?<=-.*)-\d+$/, '')}-${last.sequence + 1}`;
  const digits = findingId.replace(/^f-/, '');
  for (let length = SHORTEST_ID; length <= digits.length; length += 1) {
    const caseId = `C-${digits.slice(0, length)}`;
    const taken = await trx
      .selectFrom('cases')
      .select('case_id')
      .where('case_id', '=', caseId)
      .executeTakeFirst();
    if (!taken) return caseId;
  }
  throw new RangeError(`Finding ${findingId} gives no free case id`);
}

async function insertCase(
  trx: Database,
  { caseId, potential, predecessor }: { caseId: string; potential: MoneyJson; predecessor?: CaseRow },
  finding: Finding,
  actor: string,
  at: string,
): Promise<Case> {
  const nothing = { minor: '0', asset: finding.impact.asset };
  const row: CaseRow = {
    case_id: caseId,
    version: 1,
    finding_id: finding.findingId,
    sequence: (predecessor?.sequence ?? 0) + 1,
    run_id: finding.runId,
    control_id: finding.controlId,
    period: finding.period,
    title: finding.title,
    status: 'open',
    resolution: null,
    owner: null,
    money: moneyText({
      potential,
      confirmed: nothing,
      recovered: nothing,
      unrecoverable: nothing,
    }),
    finding: canonicalJson(finding),
    opened_at: at,
    updated_at: at,
  };
  await trx.insertInto('cases').values(row).execute();
  await appendEvent(trx, {
    caseId,
    caseVersion: 1,
    kind: 'case-opened',
    at,
    actor,
    data: {
      ...eventData(finding),
      ...(potential.minor === finding.impact.minor ? {} : { potential: { ...potential } }),
      ...(predecessor ? { predecessor: predecessor.case_id } : {}),
    },
  });
  return caseOf(row);
}

async function updateFinding(
  trx: Database,
  row: CaseRow,
  finding: Finding,
  potential: MoneyJson,
  actor: string,
  at: string,
): Promise<Case> {
  const money = JSON.parse(row.money) as MoneyStates;
  const change: CaseChange = {
    kind: 'finding-updated',
    actor,
    data: { ...eventData(finding), previousImpact: { ...(JSON.parse(row.finding) as Finding).impact } },
    ...(FOLLOWS_FINDING[row.status] ? { status: 'open' as const, money: { ...money, potential } } : {}),
  };
  await trx
    .updateTable('cases')
    .set({ finding: canonicalJson(finding), run_id: finding.runId, title: finding.title })
    .where('case_id', '=', row.case_id)
    .execute();
  return applyChange(trx, { ...row, run_id: finding.runId, title: finding.title }, change, at);
}

const eventData = (finding: Finding) => ({
  findingId: finding.findingId,
  runId: finding.runId,
  violations: finding.violations,
  impact: { ...finding.impact },
});

/** Loads a case. Throws CaseNotFound. */
export async function requireCase(db: Database, caseId: string): Promise<CaseRow> {
  const row = await db.selectFrom('cases').selectAll().where('case_id', '=', caseId).executeTakeFirst();
  if (row) return row;
  throw new PlumblineError('CaseNotFound', {
    what: `There is no case ${caseId}`,
    next: 'plumbline cases list',
  });
}

/** Appends the event of a change and applies its fields; the version grows by one. The caller holds a transaction. */
export async function applyChange(
  trx: Database,
  row: CaseRow,
  change: CaseChange,
  at: string,
  dedupeKey?: string,
): Promise<Case> {
  const next: CaseRow = {
    ...row,
    version: row.version + 1,
    status: change.status ?? row.status,
    resolution: change.resolution ?? row.resolution,
    owner: change.owner ?? row.owner,
    money: change.money ? moneyText(change.money) : row.money,
    updated_at: at,
  };
  const { version, status, resolution, owner, money } = next;
  await trx
    .updateTable('cases')
    .set({ version, status, resolution, owner, money, updated_at: at })
    .where('case_id', '=', row.case_id)
    .execute();
  const { kind, actor, data } = change;
  await appendEvent(trx, { caseId: row.case_id, caseVersion: version, kind, at, actor, data, dedupeKey });
  if (status !== 'awaiting-decision') {
    await trx.deleteFrom('pending_decisions').where('case_id', '=', row.case_id).execute();
  }
  return caseOf(next);
}

/** Throws VersionMoved when the case is not the version that the caller saw. */
export function requireVersion(row: CaseRow, seen: number): void {
  if (row.version === seen) return;
  throw new PlumblineError('VersionMoved', {
    what: `Case ${row.case_id} has moved on`,
    where: `version ${row.version}, not ${seen}`,
    why: 'something happened to it after it was shown',
    next: `plumbline cases show ${row.case_id}`,
  });
}

const moneyText = (money: MoneyStates): string => canonicalJson(money);
