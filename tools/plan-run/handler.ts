import { onAws } from '#adapters/lambda/on-aws.ts';
import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { planRunInput } from './schema.ts';
import { type PlanRunPorts, planRun } from './tool.ts';

/** The handler that plans a run, over ports that are passed in. */
export function handlerWith(ports: PlanRunPorts) {
  return toolHandler('plan-run', planRunInput, (input) => planRun(input, ports));
}

/** What Lambda calls. */
export const handler = toolHandler('plan-run', planRunInput, (input) =>
  onAws((ports) => planRun(input, ports)),
);
