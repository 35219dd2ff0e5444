import type { Control } from '#core/controls/control.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { ControlResult } from '#core/domain/outcome.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { insertViolations } from './violation-table.ts';

/** What is known about the partition whose controls are run. */
export interface ControlContext {
  readonly period: string;
  readonly currency: string;
  readonly missing: readonly { readonly dataset: DatasetName; readonly slots: readonly string[] }[];
}

/**
 * Runs the controls in the given (attribution) order over the open tables of the session. Each takes its part of a
 * gap before the next one looks. A control that fails is an `error` of its own; the others go on.
 */
export async function runControls(
  session: WarehouseSession,
  controls: readonly Control[],
  context: ControlContext,
  readSql: ReadSql,
): Promise<ControlResult[]> {
  const results: ControlResult[] = [];
  for (const control of controls) {
    const unseen = reasonNotToLook(control, context.missing);
    if (unseen !== null) {
      results.push({
        controlId: control.id,
        outcome: 'inconclusive',
        reason: unseen,
        violations: 0,
        impact: '0.000000',
      });
      continue;
    }
    try {
      results.push(await runControl(session, control, context, readSql));
    } catch (error) {
      await session.run('DELETE FROM violation WHERE control_id = $control', { control: control.id });
      const reason = error instanceof Error ? error.message : String(error);
      results.push({ controlId: control.id, outcome: 'error', reason, violations: 0, impact: '0.000000' });
    }
  }
  return results;
}

/** Why the control cannot look at the partition, or null when it can. */
export function reasonNotToLook(
  control: Pick<Control, 'needs'>,
  missing: ControlContext['missing'],
): string | null {
  const lost = missing.filter(({ dataset }) => control.needs.includes(dataset));
  if (lost.length === 0) return null;
  return lost.map(({ dataset, slots }) => `${dataset} lacks ${listOf(slots)}`).join('; ');
}

function listOf(slots: readonly string[]): string {
  return slots.length <= 3
    ? slots.join(', ')
    : `${slots.slice(0, 3).join(', ')} and ${slots.length - 3} more`;
}

async function runControl(
  session: WarehouseSession,
  control: Control,
  { period, currency }: ControlContext,
  readSql: ReadSql,
): Promise<ControlResult> {
  const match = (await readSql(control.match)).trim().replace(/;$/, '');
  await session.run(insertViolations(control, match, period, currency), control.tolerance);
  const [sums] = await session.query(
    `SELECT count(*) AS violations, count(DISTINCT key) AS keys, CAST(coalesce(sum(impact), 0) AS DECIMAL(18,6)) AS impact,
       coalesce(string_agg(DISTINCT symptom, ',' ORDER BY symptom), '') AS symptoms
     FROM violation WHERE control_id = $control`,
    { control: control.id },
  );
  if (sums === undefined || sums.violations !== sums.keys)
    throw new Error(`match.sql of ${control.id} yields a key twice`);
  const unknown = String(sums.symptoms)
    .split(',')
    .filter((symptom) => symptom !== '' && control.symptoms[symptom] === undefined);
  if (unknown.length > 0)
    throw new Error(`match.sql of ${control.id} yields symptoms not declared: ${unknown.join(', ')}`);
  if (control.grain !== 'hop') {
    await session.run(
      'INSERT INTO claim SELECT key, control_id, CAST($rank AS INTEGER), impact FROM violation WHERE control_id = $control',
      { control: control.id, rank: control.rank },
    );
  }
  const violations = Number(sums.violations);
  return {
    controlId: control.id,
    outcome: violations > 0 ? 'breach' : 'pass',
    violations,
    impact: String(sums.impact),
  };
}
