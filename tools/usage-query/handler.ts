import { agentToolHandler } from '#adapters/lambda/tool-handler.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import { usageQuery } from './schema.ts';
import { answerUsageQuestion, type UsageQueryPorts } from './tool.ts';

/** The Lambda of the action group `usage-query`. */
export function handlerWith(ports: UsageQueryPorts & { readonly access: ToolAccess }) {
  return agentToolHandler({
    ...usageQuery,
    accepts: ['case'],
    access: ports.access,
    answer: (input, scope) => answerUsageQuestion(input, scope, ports),
  });
}
