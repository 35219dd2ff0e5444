import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { decimalString, fromMoneyJson } from '#core/domain/money.ts';
import { plainDecimal, unsigned } from '#core/investigation/plain-decimal.ts';
import { type Selection, violationParameters } from '../selection.ts';

const SQL = new URL('../queries/finding-summary.sql', import.meta.url);

/** What was found: control, symptom, segment, counts and amounts. */
export async function findingSummary(selection: Selection): Promise<ReplyContent> {
  const { finding, view } = selection;
  const [row] = await view.query(SQL, violationParameters(selection));
  const control = view.manifest.controls.find(({ controlId }) => controlId === finding.controlId);
  const impact = plainDecimal(decimalString(fromMoneyJson(finding.impact)));
  return {
    findingId: finding.findingId,
    controlId: finding.controlId,
    control: control?.title ?? finding.controlId,
    period: finding.period,
    title: finding.title,
    direction: finding.direction,
    symptom: finding.symptom,
    segment: finding.segment,
    grain: view.grain(finding.findingId),
    estimated: finding.estimated,
    impact,
    amount: unsigned(impact),
    currency: view.manifest.currency,
    violations: row?.violations ?? 0,
    records: row?.records ?? 0,
    subscriptions: row?.subscriptions ?? 0,
    expected: plainDecimal(row?.expected),
    charged: plainDecimal(row?.charged),
    chargedZero: row?.charged_zero ?? 0,
    firstEvent: row?.first_event ?? finding.firstEvent,
    lastEvent: row?.last_event ?? finding.lastEvent,
    controlOutcome: control?.outcome ?? null,
    controlReasons: control?.reasons ?? [],
  };
}
