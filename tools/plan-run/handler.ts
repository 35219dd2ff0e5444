import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { planRunInput } from './schema.ts';
import { type PlanRunPorts, planRun } from './tool.ts';

/** The Lambda that plans a run. */
export function handlerWith(ports: PlanRunPorts) {
  return toolHandler('plan-run', planRunInput, (input) => planRun(input, ports));
}
