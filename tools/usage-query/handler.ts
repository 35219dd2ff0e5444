import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { runAgentTool } from '#core/agent-tool/action-group.ts';
import { usageQuery } from './schema.ts';
import { answerUsageQuestion, type UsageQueryPorts } from './tool.ts';

const logger = new Logger({ serviceName: usageQuery.name });

/** The Lambda of the action group `usage-query`. */
export function handlerWith(ports: UsageQueryPorts) {
  return middy()
    .use(injectLambdaContext(logger))
    .handler((event: unknown) =>
      runAgentTool(
        {
          name: usageQuery.name,
          input: usageQuery.input,
          answer: (input, scope) => answerUsageQuestion(input, scope, ports),
          onFailure: (error, scope) => logger.error('usage-query failed', { error: error as Error, scope }),
        },
        event,
      ),
    );
}
