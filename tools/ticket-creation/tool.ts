import { ticketOf } from '#core/cases/ticket.ts';
import type { TicketCreationInput, TicketCreationOutput } from './schema.ts';

/**
 * Drafts the ticket of a case. It has no ports on purpose: an agent holds no tool that writes, and the ticket that
 * is sent is made from the approved proposal by apply-remediation.
 */
export function draftTicket(
  input: TicketCreationInput,
  scope: { readonly caseId: string },
): TicketCreationOutput {
  const { name, description, severity } = input;
  return {
    draft: true,
    ticket: ticketOf({
      caseId: scope.caseId,
      name,
      description,
      severity: severity ?? 'Major',
      changeId: null,
    }),
  };
}
