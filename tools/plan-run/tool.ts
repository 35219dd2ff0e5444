import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { type RunPlan, planRun as writePlan } from '#core/reconcile/plan.ts';
import { type PlanRunInput, type PlanRunOutput, planRunInput } from './schema.ts';

/** What plan-run works with. */
export type PlanRunPorts = Pick<EnginePorts, 'lake' | 'runs'>;

/** Writes the plan of a run and says where it stands. The same input files give the same run. */
export async function planRun(input: PlanRunInput, ports: PlanRunPorts): Promise<PlanRunOutput> {
  const { stateMachine, period, controls } = planRunInput.parse(input);
  const plan: RunPlan = await writePlan({ stateMachine, period, ...(controls ? { controls } : {}) }, ports);
  return { runId: plan.runId, period, planKey: plan.planKey, partitions: plan.partitions.length };
}
