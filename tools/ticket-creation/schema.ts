import { z } from 'zod';

/** TM Forum's example severities. */
export const TICKET_SEVERITIES = ['Critical', 'Major', 'Minor'] as const;

/** What an agent says about the ticket that it drafts. */
export const ticketCreationInput = z.strictObject({
  caseId: z.string().min(1).describe('The case that the ticket is about'),
  name: z.string().min(1).max(120).describe('Short name of the ticket'),
  description: z
    .string()
    .min(1)
    .max(4000)
    .describe('What is wrong, since when, what it affects and what is asked for'),
  severity: z.enum(TICKET_SEVERITIES).default('Major').describe('Critical, Major or Minor'),
});
export type TicketCreationInput = z.infer<typeof ticketCreationInput>;

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
