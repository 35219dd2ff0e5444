import { type Control, readBy } from '#core/controls/control.ts';
import { assertSafeSql } from '#core/controls/declared/guard-sql.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { ControlResult } from '#core/domain/outcome.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { insertChecks, insertViolations } from './violation-table.ts';

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
  control: Pick<Control, 'needs' | 'also'>,
  missing: ControlContext['missing'],
): string | null {
  const lost = missing.filter(({ dataset }) => readBy(control).includes(dataset));
  if (lost.length === 0) return null;
  return lost.map(({ dataset, slots }) => `${dataset} lacks ${listOf(slots)}`).join('; ');
}

function listOf(slots: readonly string[]): string {
  return slots.length <= 3
    ? slots.join(', ')
    : `${slots.slice(0, 3).join(', ')} and ${slots.length - 3} more`;
}

/** A check yields what columns it wants; the others get their defaults. */
async function insertChecked(
  session: WarehouseSession,
  control: Control,
  match: string,
  period: string,
  currency: string,
): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE checked AS ${match}`, control.tolerance);
  const described = await session.query(
    'SELECT column_name, column_type FROM (DESCRIBE checked) ORDER BY column_name',
  );
  const inexact = described.filter((column) => /DOUBLE|FLOAT|HUGEINT/.test(String(column.column_type)));
  if (inexact.length > 0)
    throw new Error(`match.sql of ${control.id} yields an inexact column: ${inexact[0]?.column_name}`);
  const yielded = described.map((column) => String(column.column_name));
  await session.run(insertChecks(control, yielded, period, currency));
}

/** The SQL of a control. What a user wrote is held against what is allowed once more, here where it runs. */
async function sqlOf(session: WarehouseSession, control: Control, readSql: ReadSql): Promise<string> {
  if (control.declared === undefined) return readSql(control.match);
  await assertSafeSql(control.declared.sql, control, `${control.id}.sql`, session);
  return control.declared.sql;
}

async function runControl(
  session: WarehouseSession,
  control: Control,
  { period, currency }: ControlContext,
  readSql: ReadSql,
): Promise<ControlResult> {
  const match = (await sqlOf(session, control, readSql)).trim().replace(/;$/, '');
  await control.prepare?.(session, readSql, control.tolerance);
  if (control.grain === 'check') await insertChecked(session, control, match, period, currency);
  else await session.run(insertViolations(control, match, period, currency), control.tolerance);
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
  if (control.grain === 'record' || control.grain === 'subscription') {
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
