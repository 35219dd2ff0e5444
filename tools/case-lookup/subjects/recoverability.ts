import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { byLapse, type Lapse } from '#core/cases/recoverability.ts';
import { settleRemedy } from '#core/cases/remedy.ts';
import { type Case, REMEDIES } from '#core/domain/case.ts';
import { add, type Money, zero } from '#core/domain/money.ts';
import { parseDay } from '#core/domain/period.ts';
import { type CaseLookupPorts, ROWS_SHOWN } from '../ports.ts';
import { exact } from './cases.ts';

/** How far ahead "about to lapse" looks. */
const WITHIN_DAYS = 30;

/** What of the money of open cases can still be charged: what lapses first comes first. */
export async function lookUpRecoverability(
  caseId: string | undefined,
  ports: CaseLookupPorts,
): Promise<ReplyContent> {
  const asOf = parseDay(new Date(ports.clock.now()).toISOString().slice(0, 10));
  const all = await ports.cases.listCases();
  const chosen = all.filter((item) => caseId === undefined || item.caseId === caseId);
  const head = {
    subject: 'recoverability',
    asOf,
    lapsesWithinDays: WITHIN_DAYS,
    backBillDays: ports.remedyRules.backBillDays,
  };
  if (caseId !== undefined && chosen.length === 0) return { ...head, found: false, caseId };
  const lapses = await ports.lapsesOf(chosen, { asOf, withinDays: WITHIN_DAYS });
  const rows = chosen.flatMap((item) => {
    const lapse = lapses.get(item.caseId);
    return lapse === undefined ? [] : [{ caseId: item.caseId, item, lapse }];
  });
  rows.sort(byLapse);
  return {
    ...head,
    found: true,
    ...(caseId === undefined ? {} : await admitted(chosen[0], ports)),
    openCases: rows.length,
    ...sums(rows.map(({ lapse }) => lapse)),
    cases: rows.slice(0, ROWS_SHOWN).map(({ caseId: id, item, lapse }) => ({
      caseId: id,
      title: item.title,
      recoverable: exact(lapse.recoverable),
      lapsing: exact(lapse.lapsing),
      lapsed: exact(lapse.lapsed),
      owedBack: exact(lapse.owedBack),
      nextLapse: lapse.nextLapse,
    })),
    more: rows.length > ROWS_SHOWN,
  };
}

/** Which remedies the finding of a case admits as they are named, by the rules that proposals are made with. */
async function admitted(item: Case | undefined, ports: CaseLookupPorts): Promise<ReplyContent> {
  const finding = item === undefined ? undefined : await ports.cases.findFinding(item.findingId);
  if (finding === undefined) return {};
  return {
    remediesAdmitted: REMEDIES.filter((remedy) => settleRemedy(finding, remedy).note === null),
    estimated: finding.estimated,
  };
}

function sums(lapses: readonly Lapse[]): ReplyContent {
  const [first] = lapses;
  if (first === undefined) return {};
  const { asset } = first.recoverable;
  if (lapses.some(({ recoverable }) => recoverable.asset !== asset)) return { currencies: 'more than one' };
  const sum = (pick: (lapse: Lapse) => Money) =>
    exact(lapses.reduce((total, lapse) => add(total, pick(lapse)), zero(asset)));
  return {
    currency: asset.slice(0, 3),
    recoverableTotal: sum(({ recoverable }) => recoverable),
    lapsingTotal: sum(({ lapsing }) => lapsing),
    lapsedTotal: sum(({ lapsed }) => lapsed),
    owedBackTotal: sum(({ owedBack }) => owedBack),
  };
}
