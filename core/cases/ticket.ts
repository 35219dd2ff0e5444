/** A trouble ticket in the shape of TMF621 v4 `TroubleTicket_Create`. */
export interface TroubleTicket {
  readonly '@type': 'TroubleTicket';
  readonly name: string;
  readonly description: string;
  readonly severity: TicketSeverity;
  readonly ticketType: 'revenue-assurance';
  readonly relatedEntity: readonly RelatedEntity[];
}

export type TicketSeverity = 'Critical' | 'Major' | 'Minor';

/** What a ticket is about, in the shape of TMF621 v4 `RelatedEntity`. */
export interface RelatedEntity {
  readonly id: string;
  readonly role: string;
  readonly '@referredType': string;
}

/** The ticket of a case, and of the change that coincides with it where there is one. */
export function ticketOf(ticket: {
  readonly caseId: string;
  readonly name: string;
  readonly description: string;
  readonly severity: TicketSeverity;
  readonly changeId: string | null;
}): TroubleTicket {
  const { caseId, name, description, severity, changeId } = ticket;
  const change = changeId === null ? [] : [related(changeId, 'coinciding-change', 'Change')];
  return {
    '@type': 'TroubleTicket',
    name,
    description,
    severity,
    ticketType: 'revenue-assurance',
    relatedEntity: [related(caseId, 'case', 'RevenueAssuranceCase'), ...change],
  };
}

const related = (id: string, role: string, type: string): RelatedEntity => ({
  id,
  role,
  '@referredType': type,
});
