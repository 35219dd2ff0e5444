import { agentToolHandler } from '#adapters/lambda/tool-handler.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import { contractReader } from './schema.ts';
import {
  type ContractReaderPorts,
  type LakeDocumentPorts,
  readContracts,
  readLakeContracts,
} from './tool.ts';

/** The Lambda of the action group `contract-reader`. */
export function handlerWith(
  ports: ContractReaderPorts & LakeDocumentPorts & { readonly access: ToolAccess },
) {
  return agentToolHandler({
    ...contractReader,
    accepts: ['case', 'contracts', 'workspace'],
    access: ports.access,
    answer: (input, scope) =>
      scope.kind === 'case' ? readContracts(input, scope, ports) : readLakeContracts(input, scope, ports),
  });
}
