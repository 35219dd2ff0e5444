import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { runAgentTool } from '#core/agent-tool/action-group.ts';
import { contractReader } from './schema.ts';
import { type ContractReaderPorts, readContracts } from './tool.ts';

const logger = new Logger({ serviceName: contractReader.name });

/** The Lambda of the action group `contract-reader`. */
export function handlerWith(ports: ContractReaderPorts) {
  return middy()
    .use(injectLambdaContext(logger))
    .handler((event: unknown) =>
      runAgentTool(
        {
          name: contractReader.name,
          input: contractReader.input,
          answer: (input, scope) => readContracts(input, scope, ports),
          onFailure: (error, scope) =>
            logger.error('contract-reader failed', { error: error as Error, scope }),
        },
        event,
      ),
    );
}
