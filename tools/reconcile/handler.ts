import { onAws } from '#adapters/lambda/on-aws.ts';
import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { reconcileInput } from './schema.ts';
import { reconcile } from './tool.ts';

/** The handler that reconciles one partition, over ports that are passed in. */
export function handlerWith(ports: EnginePorts) {
  return toolHandler('reconcile', reconcileInput, (input) => reconcile(input, ports));
}

/** What Lambda calls. The objects of the partition are fetched ahead, in the order in which they are read. */
export const handler = toolHandler('reconcile', reconcileInput, (input) =>
  onAws((ports) => {
    ports.lake.prefetch(input.files);
    return reconcile(input, ports);
  }),
);
