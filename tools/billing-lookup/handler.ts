import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { runAgentTool } from '#core/agent-tool/action-group.ts';
import { billingLookup } from './schema.ts';
import { type BillingLookupPorts, lookUpBilling } from './tool.ts';

const logger = new Logger({ serviceName: billingLookup.name });

/** The Lambda of the action group `billing-lookup`. */
export function handlerWith(ports: BillingLookupPorts) {
  return middy()
    .use(injectLambdaContext(logger))
    .handler((event: unknown) =>
      runAgentTool(
        {
          name: billingLookup.name,
          input: billingLookup.input,
          answer: (input, scope) => lookUpBilling(input, scope, ports),
          onFailure: (error, scope) =>
            logger.error('billing-lookup failed', { error: error as Error, scope }),
        },
        event,
      ),
    );
}
