import { z } from 'zod';

/** TM Forum's example severities. */
export const TICKET_SEVERITIES = ['Critical', 'Major', 'Minor'] as const;

/** What an agent says about the ticket that it drafts. Which case it is about comes from the session. */
export const ticketCreationInput = z.strictObject({
  name: z.string().min(1).max(300).describe('Short name of the ticket'),
  description: z
    .string()
    .min(1)
    .max(6000)
    .describe('What is wrong, since when, what it affects and what is asked for; no amounts of your own'),
  severity: z.enum(TICKET_SEVERITIES).optional().describe('Critical, Major or Minor; default Major'),
});
export type TicketCreationInput = z.infer<typeof ticketCreationInput>;

/** The tool as agents see it. */
export const ticketCreation = {
  name: 'ticket-creation',
  description:
    'Drafts a trouble ticket (TMF621) for the case under investigation and returns the draft. ' +
    'Nothing is written and nobody is told: a ticket is sent only after a person has approved the proposal.',
  input: ticketCreationInput,
} as const;

/** The fields that TMF621 (v4) wants on creation, and what relates the ticket to its case. */
export const ticketDraft = z.strictObject({
  '@type': z.literal('TroubleTicket'),
  name: z.string(),
  description: z.string(),
  severity: z.enum(TICKET_SEVERITIES),
  ticketType: z.literal('revenue-assurance'),
  relatedEntity: z
    .array(z.strictObject({ id: z.string(), role: z.string(), '@referredType': z.string() }))
    .readonly(),
});
export type TicketDraft = z.infer<typeof ticketDraft>;

export const ticketCreationOutput = z.strictObject({
  /** Always true: nothing was written, and nobody was told. */
  draft: z.literal(true),
  ticket: ticketDraft,
});
export type TicketCreationOutput = z.infer<typeof ticketCreationOutput>;
