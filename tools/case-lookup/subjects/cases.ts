import { AgentToolError } from '#core/agent-tool/errors.ts';
import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { Case, MoneyStates, Proposal } from '#core/domain/case.ts';
import { add, decimalString, fromMoneyJson, type Money, rescale, zero } from '#core/domain/money.ts';
import type { Finding } from '#core/domain/run.ts';
import { type CaseLookupPorts, ROWS_SHOWN } from '../ports.ts';
import type { CaseLookupInput } from '../schema.ts';

/** The cases asked for, with their totals over all of them. */
export async function lookUpCases(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const { name, status, when, order = 'largest' } = input;
  const all = await ports.cases.listCases(status === undefined ? {} : { status });
  const named = name === undefined ? all : await casesNamed(name, all, ports);
  const wanted = named.filter(
    (item) => when === undefined || item.period.startsWith(when) || when.startsWith(item.period),
  );
  const sorted = wanted.toSorted(ORDERS[order]);
  return {
    subject: 'cases',
    order,
    ...(name === undefined ? {} : isControlId(name) ? { controlId: name.toUpperCase() } : { about: name }),
    ...(status === undefined ? {} : { status }),
    ...(when === undefined ? {} : { period: when }),
    casesInTotal: wanted.length,
    statuses: countsBy(wanted, (item) => item.status),
    resolutions: countsBy(wanted, (item) => item.resolution ?? 'none'),
    ...totals(wanted),
    cases: sorted.slice(0, ROWS_SHOWN).map(rowOf),
    more: sorted.length > ROWS_SHOWN,
  };
}

const isControlId = (name: string): boolean => /^[a-z]\d{2}$/i.test(name);

/** Those of a control; else those whose proposal names the change, or whose title has the word. */
async function casesNamed(
  name: string,
  all: readonly Case[],
  ports: Pick<CaseLookupPorts, 'cases'>,
): Promise<readonly Case[]> {
  const wanted = name.toLowerCase();
  if (isControlId(name)) return all.filter(({ controlId }) => controlId.toLowerCase() === wanted);
  const chosen = await Promise.all(
    all.map(async ({ caseId, title }) => {
      if (
        title
          .toLowerCase()
          .split(/[\s,.;:()]+/)
          .includes(wanted)
      )
        return true;
      return (await ports.cases.latestProposal(caseId))?.changeId?.toLowerCase() === wanted;
    }),
  );
  return all.filter((_, i) => chosen[i]);
}

/** One case with its proposal and decisions. A case that does not exist is a reply too: somebody looked. */
export async function lookUpCase(caseId: string, ports: CaseLookupPorts): Promise<ReplyContent> {
  const found = await ports.cases.findCase(caseId);
  if (found === undefined) {
    const { length } = await ports.cases.listCases();
    return { subject: 'case', found: false, caseId, casesInTotal: length };
  }
  const [finding, proposal, decisions, evidence] = await Promise.all([
    ports.cases.findFinding(found.findingId),
    ports.cases.latestProposal(caseId),
    ports.cases.listDecisions(caseId),
    ports.cases.listEvidence(caseId),
  ]);
  return {
    subject: 'case',
    found: true,
    ...rowOf(found),
    runId: found.runId,
    findingId: found.findingId,
    owner: found.owner,
    ...(finding === undefined ? {} : findingOf(finding)),
    evidenceKept: evidence.length,
    ...(proposal === undefined ? { proposed: false } : proposalOf(proposal)),
    decisions: decisions.map(({ verdict, reason, decidedBy, decidedAt }) => ({
      verdict,
      reason,
      decidedBy,
      decidedAt,
    })),
  };
}

function findingOf(finding: Finding): ReplyContent {
  const { direction, symptom, segment, records, subscriptions, firstEvent, lastEvent, estimated } = finding;
  const where = Object.fromEntries(Object.entries(segment).filter(([, value]) => value !== undefined));
  return {
    direction,
    symptom,
    segment: where as ReplyContent,
    records,
    subscriptions,
    firstEvent,
    lastEvent,
    estimated,
  };
}

const CLAIMS_SHOWN = 8;

function proposalOf(proposal: Proposal): ReplyContent {
  const { explanation, adjustments } = proposal;
  return {
    proposed: true,
    proposedBy: proposal.proposedBy,
    remedy: proposal.remedy,
    cause: proposal.cause === '' ? null : proposal.cause,
    changeId: proposal.changeId,
    adjustments: adjustments.count,
    adjustmentTotal: exact(fromMoneyJson(adjustments.total)),
    explanation: explanation.claims.slice(0, CLAIMS_SHOWN).map(({ text }) => text),
    claimsKept: explanation.claims.length,
    claimsRemoved: explanation.removed.length,
    hypotheses: proposal.hypotheses
      .slice(0, CLAIMS_SHOWN)
      .map(({ cause, verdict, test }) => ({ cause, verdict, test })),
  };
}

const rowOf = ({ caseId, title, controlId, period, status, resolution, money, openedAt }: Case) => ({
  caseId,
  title,
  controlId,
  period,
  status,
  resolution,
  amount: exact(foundOf(money)),
  ...statesOf(money),
  openedAt,
});

/** What the case is about: its money, whatever has become of it. */
const foundOf = ({ potential, confirmed, recovered, unrecoverable }: MoneyStates): Money =>
  [confirmed, recovered, unrecoverable].reduce(
    (sum, state) => add(sum, fromMoneyJson(state)),
    fromMoneyJson(potential),
  );

const statesOf = ({ potential, confirmed, recovered, unrecoverable }: MoneyStates) => ({
  potential: exact(fromMoneyJson(potential)),
  confirmed: exact(fromMoneyJson(confirmed)),
  recovered: exact(fromMoneyJson(recovered)),
  unrecoverable: exact(fromMoneyJson(unrecoverable)),
});

/** A decimal string with six decimals. */
export const exact = (money: Money): string => decimalString(rescale(money, 6, 'half_up'));

/** The totals of the money states, where all cases are in one currency. Losses and what is owed back stay apart. */
function totals(cases: readonly Case[]): ReplyContent {
  const [first] = cases;
  if (first === undefined) return {};
  const { asset } = first.money.potential;
  if (cases.some(({ money }) => money.potential.asset !== asset)) return { currencies: 'more than one' };
  const sum = (pick: (money: MoneyStates) => Money) =>
    exact(cases.reduce((total, { money }) => add(total, pick(money)), zero(asset)));
  const loss = (money: Money): Money => (money.minor > 0n ? money : zero(asset));
  const owed = (money: Money): Money => (money.minor < 0n ? money : zero(asset));
  return {
    currency: asset.slice(0, 3),
    foundLoss: sum((money) => loss(foundOf(money))),
    foundOwedBack: sum((money) => owed(foundOf(money))),
    undecidedLoss: sum(({ potential }) => loss(fromMoneyJson(potential))),
    undecidedOwedBack: sum(({ potential }) => owed(fromMoneyJson(potential))),
    confirmedTotal: sum(({ confirmed }) => fromMoneyJson(confirmed)),
    recoveredTotal: sum(({ recovered }) => fromMoneyJson(recovered)),
    unrecoverableTotal: sum(({ unrecoverable }) => fromMoneyJson(unrecoverable)),
  };
}

const magnitude = ({ money }: Case): bigint => {
  const { minor } = foundOf(money);
  return minor < 0n ? -minor : minor;
};

const byId = (a: Case, b: Case): number => (a.caseId < b.caseId ? -1 : 1);
const ORDERS = {
  largest: (a: Case, b: Case) =>
    magnitude(a) === magnitude(b) ? byId(a, b) : magnitude(a) > magnitude(b) ? -1 : 1,
  newest: (a: Case, b: Case) => (a.openedAt === b.openedAt ? byId(a, b) : a.openedAt > b.openedAt ? -1 : 1),
  oldest: (a: Case, b: Case) => (a.openedAt === b.openedAt ? byId(a, b) : a.openedAt < b.openedAt ? -1 : 1),
} as const;

function countsBy(cases: readonly Case[], key: (item: Case) => string): { [name: string]: number } {
  const counts: { [name: string]: number } = {};
  for (const item of cases) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

/** The id as cases have it, whatever its letters. Throws AgentToolError INVALID_INPUT where none is given. */
export function caseIdOf(name: string | undefined): string {
  if (name === undefined) throw new AgentToolError('INVALID_INPUT', 'Name the case that is meant: C-….');
  const [, hex = '', rest = ''] = /^c-([0-9a-f]{8})(-\d+)?$/i.exec(name.trim()) ?? [];
  return hex === '' ? name.trim() : `C-${hex.toLowerCase()}${rest}`;
}
