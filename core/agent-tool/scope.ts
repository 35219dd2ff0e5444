import { z } from 'zod';
import { AgentToolError } from './errors.ts';

/**
 * What a conversation of an agent is about. It is set by invoke-agent as session attributes and never by a
 * parameter: a model chooses what to look at inside the scope, not the scope.
 */
const scopeSchema = z.object({
  runId: z.string().regex(/^[\w.:-]{1,120}$/),
  caseId: z.string().regex(/^[\w-]{1,60}$/),
  findingId: z.string().regex(/^[\w-]{1,60}$/),
});
export type InvestigationScope = z.infer<typeof scopeSchema>;

/** The session attributes that carry the scope. */
export function sessionAttributesOf(scope: InvestigationScope): Record<string, string> {
  return { runId: scope.runId, caseId: scope.caseId, findingId: scope.findingId };
}

/** Reads the scope. Throws AgentToolError SCOPE_MISSING when the session does not carry a whole one. */
export function readScope(sessionAttributes: Readonly<Record<string, string>>): InvestigationScope {
  const parsed = scopeSchema.safeParse(sessionAttributes);
  if (!parsed.success) {
    throw new AgentToolError('SCOPE_MISSING', 'This session names no case, finding and run.');
  }
  return parsed.data;
}
