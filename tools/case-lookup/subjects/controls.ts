import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { allControls } from '#core/controls/registry.ts';
import type { RunManifest } from '#core/domain/run.ts';
import type { CaseLookupPorts } from '../ports.ts';
import type { CaseLookupInput } from '../schema.ts';
import { newestRun } from './runs.ts';

/** Every control in force, with its outcome in the newest run of the period: breaches first. */
export async function lookUpControls(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const run = await newestRun(ports, input.when);
  const rows = allControls().map(({ id, title, stage, severity }) => ({
    controlId: id,
    title,
    stage,
    severity,
    ...outcomeIn(run, id),
  }));
  const order = ['breach', 'error', 'inconclusive', 'pass', 'not in this run'];
  rows.sort(
    (a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome) || (a.controlId < b.controlId ? -1 : 1),
  );
  const count = (outcome: string) => rows.filter((row) => row.outcome === outcome).length;
  return {
    subject: 'controls',
    runId: run?.runId ?? null,
    period: run?.period ?? null,
    controlsInForce: rows.length,
    breach: count('breach'),
    pass: count('pass'),
    inconclusive: count('inconclusive'),
    error: count('error'),
    controls: rows,
  };
}

/** One control: what it compares, with what tolerance, and how it ended in the newest run. */
export async function lookUpControl(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const name = input.name ?? '';
  const control = allControls().find(({ id }) => id.toLowerCase() === name.trim().toLowerCase());
  if (control === undefined) {
    return { subject: 'control', found: false, controlId: name, controlsInForce: allControls().length };
  }
  const run = await newestRun(ports, input.when);
  const { id, title, stage, compares, grain, severity, owner, ruleVersion, needs, tolerance, symptoms } =
    control;
  return {
    subject: 'control',
    found: true,
    controlId: id,
    title,
    compares,
    stage,
    grain,
    severity,
    owner,
    ruleVersion,
    needs: [...needs],
    tolerance: Object.entries(tolerance).map(([unit, value]) => ({ unit, value: value ?? '' })),
    symptoms: Object.entries(symptoms).map(([symptom, words]) => ({ symptom, words })),
    runId: run?.runId ?? null,
    period: run?.period ?? null,
    ...outcomeIn(run, id),
  };
}

function outcomeIn(run: RunManifest | undefined, id: string): { outcome: string } & ReplyContent {
  const found = run?.controls.find(({ controlId }) => controlId === id);
  if (found === undefined) return { outcome: 'not in this run' };
  const { outcome, violations, underCharged, overCharged, reasons } = found;
  return { outcome, violations, underCharged, overCharged, reasons: reasons.slice(0, 3) };
}
