import { agentToolHandler } from '#adapters/lambda/tool-handler.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import type { CaseLookupPorts } from './ports.ts';
import { caseLookup } from './schema.ts';
import { lookUp } from './tool.ts';

/** The Lambda of the action group `case-lookup`. */
export function handlerWith(ports: CaseLookupPorts & { readonly access: ToolAccess }) {
  return agentToolHandler({
    ...caseLookup,
    accepts: ['workspace', 'case'],
    access: ports.access,
    answer: (input, scope) => lookUp(input, scope, ports),
  });
}
