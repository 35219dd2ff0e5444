import { agentToolHandler } from '#adapters/lambda/tool-handler.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import { ticketCreation } from './schema.ts';
import { draftTicket } from './tool.ts';

/** The Lambda of the action group `ticket-creation`. It is given whose scopes count, and nothing to write with. */
export function handlerWith({ access }: { readonly access: ToolAccess }) {
  return agentToolHandler({
    ...ticketCreation,
    accepts: ['case'],
    access,
    answer: async (input, scope) => {
      const { draft, ticket } = draftTicket(input, scope);
      return { draft, ticket: { ...ticket, relatedEntity: ticket.relatedEntity.map((e) => ({ ...e })) } };
    },
  });
}
