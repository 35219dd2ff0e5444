import { onAws } from '#adapters/lambda/on-aws.ts';
import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { mergeRunInput } from './schema.ts';
import { mergeRun } from './tool.ts';

/** The handler that puts the partitions of a run together, over ports that are passed in. */
export function handlerWith(ports: EnginePorts) {
  return toolHandler('merge-run', mergeRunInput, (input) => mergeRun(input, ports));
}

/** What Lambda calls. */
export const handler = toolHandler('merge-run', mergeRunInput, (input) =>
  onAws((ports) => mergeRun(input, ports)),
);
