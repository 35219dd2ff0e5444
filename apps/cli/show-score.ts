import type { ScoreReport } from '#apps/host/sample.ts';
import { showCount, showDecimal, showShare } from './format.ts';
import { tableLines } from './table.ts';

/** A score as lines of text: one row per fault family, totals, misses, and what must not be there. */
export function scoreLines(report: ScoreReport & { readonly residual: string }): string[] {
  const right = 'right' as const;
  const columns = [
    { title: 'FAULT FAMILY' },
    { title: 'INJECTED', align: right },
    { title: 'FOUND', align: right },
    { title: 'MISSED', align: right },
    { title: 'FALSE', align: right },
    { title: `${report.currency} INJECTED`, align: right },
    { title: `${report.currency} FOUND`, align: right },
  ];
  const money = (decimal: string): string => showDecimal(decimal, report.currency, false);
  const rows = report.families.map((family) => [
    family.family,
    ...[family.injected, family.found, family.missed, family.false].map((count) => showCount(count)),
    money(family.money.injected),
    money(family.money.found),
  ]);
  const { money: m, records: r } = report;
  return [
    ...tableLines(columns, rows),
    '',
    `Money    recall ${showShare(m.recall)}, precision ${showShare(m.precision)}: ${money(m.right)} of ${money(m.injected)} ${report.currency} found, ${money(m.claimed)} claimed`,
    `Records  recall ${showShare(r.recall)}, precision ${showShare(r.precision)}: ${showCount(r.right)} of ${showCount(r.injected)} found, ${showCount(r.claimed)} claimed`,
    `Residual ${showDecimal(report.residual, report.currency)} between expected and charged lies within the controls' tolerances (rounding, days of provisioning lag) and is no violation`,
    ...report.misses.map((miss) => `Missed   ${miss.faultId} ${miss.family}: ${miss.reason}`),
    ...report.partlyFound.map((miss) => `Partly   ${miss.faultId} ${miss.family}: ${miss.reason}`),
    report.lookalikesReported.length === 0
      ? 'No innocent look-alike was reported as leakage.'
      : `FALSE    ${report.lookalikesReported.map((l) => `${l.lookalikeId} ${l.kind} (${l.violations})`).join(', ')}`,
  ];
}
