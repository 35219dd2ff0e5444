import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { runAgentTool } from '#core/agent-tool/action-group.ts';
import { ticketCreation } from './schema.ts';
import { draftTicket } from './tool.ts';

const logger = new Logger({ serviceName: ticketCreation.name });

/** The Lambda of the action group `ticket-creation`. */
export function handlerWith() {
  return middy()
    .use(injectLambdaContext(logger))
    .handler((event: unknown) =>
      runAgentTool(
        {
          name: ticketCreation.name,
          input: ticketCreation.input,
          answer: async (input, scope) => {
            const { draft, ticket } = draftTicket(input, scope);
            return {
              draft,
              ticket: { ...ticket, relatedEntity: ticket.relatedEntity.map((e) => ({ ...e })) },
            };
          },
          onFailure: (error, scope) =>
            logger.error('ticket-creation failed', { error: error as Error, scope }),
        },
        event,
      ),
    );
}
