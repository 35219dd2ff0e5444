import { agentToolHandler } from '#adapters/lambda/tool-handler.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import { billingLookup } from './schema.ts';
import { type BillingLookupPorts, lookUpBilling } from './tool.ts';

/** The Lambda of the action group `billing-lookup`. */
export function handlerWith(ports: BillingLookupPorts & { readonly access: ToolAccess }) {
  return agentToolHandler({
    ...billingLookup,
    accepts: ['case'],
    access: ports.access,
    answer: (input, scope) => lookUpBilling(input, scope, ports),
  });
}
