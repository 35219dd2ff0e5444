import { agentToolHandler } from '#adapters/lambda/tool-handler.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import { contractReader } from './schema.ts';
import { type ContractReaderPorts, readContracts } from './tool.ts';

/** The Lambda of the action group `contract-reader`. */
export function handlerWith(ports: ContractReaderPorts & { readonly access: ToolAccess }) {
  return agentToolHandler({
    ...contractReader,
    accepts: ['case'],
    access: ports.access,
    answer: (input, scope) => readContracts(input, scope, ports),
  });
}
