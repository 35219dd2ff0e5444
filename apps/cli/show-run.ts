import type { RunManifest } from '#core/domain/run.ts';
import { showCount, showDecimal } from './format.ts';
import { tableLines } from './table.ts';

/** A run as lines of text: one row per control, conservation, what could not be looked at. */
export function manifestLines(run: RunManifest): string[] {
  const right = 'right' as const;
  const columns = [
    { title: 'CONTROL' },
    { title: 'WHAT IT CHECKS' },
    { title: 'OUTCOME' },
    { title: 'PASS', align: right },
    { title: 'BREACH', align: right },
    { title: 'INCONCL.', align: right },
    { title: 'ERROR', align: right },
    { title: 'VIOLATIONS', align: right },
    { title: 'UNDER-CHARGED', align: right },
    { title: 'OVER-CHARGED', align: right },
  ];
  const rows = run.controls.map((control) => [
    control.controlId,
    control.title,
    Object.values(control.partitions).some((n) => n > 0) ? control.outcome : 'not planned',
    ...(['pass', 'breach', 'inconclusive', 'error'] as const).map((outcome) =>
      showCount(control.partitions[outcome]),
    ),
    showCount(control.violations),
    showDecimal(control.underCharged, run.currency, false),
    showDecimal(control.overCharged, run.currency, false),
  ]);
  const { conservation: c } = run;
  const money = (decimal: string): string => showDecimal(decimal, run.currency);
  return [
    `Run ${run.runId}, period ${run.period}, amounts in ${run.currency}`,
    '',
    ...tableLines(columns, rows),
    '',
    `Conservation  ${showCount(c.sessions)} sessions: ${bucketsText(c.buckets)}`,
    `              expected ${money(c.expected)} - charged ${money(c.charged)} = explained ${money(c.explained)} + residual ${money(c.residual)}`,
    ...reasonLines(run),
    `Digest        ${run.digest}`,
  ];
}

function bucketsText(buckets: Readonly<Record<string, number>>): string {
  return Object.entries(buckets)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${showCount(count)} ${name}`)
    .join(', ');
}

/** Reasons are many where a feed is missing for weeks: what belongs together stands once, and only the first few. */
const REASONS_SHOWN = 8;

function reasonLines(run: RunManifest): string[] {
  const controls = new Map<string, string[]>();
  for (const control of run.controls) {
    for (const reason of control.reasons)
      controls.set(reason, [...(controls.get(reason) ?? []), control.controlId]);
  }
  const lines = [...controls].map(([reason, ids]) => `${reason}  (${ids.join(', ')})`);
  const shown = lines.slice(0, REASONS_SHOWN);
  if (lines.length > shown.length) shown.push(`… and ${lines.length - shown.length} more; --json shows all`);
  return shown.map((line, i) => `${i === 0 ? 'Not looked at ' : '              '}${line}`);
}
