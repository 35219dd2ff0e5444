import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { reconcileInput } from './schema.ts';
import { reconcile } from './tool.ts';

/** The Lambda that reconciles one partition. */
export function handlerWith(ports: EnginePorts) {
  return toolHandler('reconcile', reconcileInput, (input) => reconcile(input, ports));
}
