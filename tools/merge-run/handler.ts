import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { mergeRunInput } from './schema.ts';
import { mergeRun } from './tool.ts';

/** The Lambda that puts the partitions of a run together. */
export function handlerWith(ports: EnginePorts) {
  return toolHandler('merge-run', mergeRunInput, (input) => mergeRun(input, ports));
}
