import {
  type AgentScope,
  type InvestigationScope,
  signScope,
  type ToolAccess,
} from '#core/agent-tool/scope.ts';
import { SecretKey } from '#core/domain/secret-key.ts';

/** When the scopes of tests are read. */
export const ACCESS_NOW = Date.parse('2026-11-24T08:00:00Z');

/** Whose scopes the tools of tests accept. */
export const TEST_ACCESS: ToolAccess = {
  operator: 'test-operator',
  key: new SecretKey(Buffer.alloc(32, 'test key')),
  clock: { now: () => ACCESS_NOW },
};

/** The scope of an investigation, still valid for a minute. */
export function caseScope(scope: InvestigationScope, changes: Partial<AgentScope> = {}): AgentScope {
  return {
    operator: TEST_ACCESS.operator,
    actor: 'system',
    expiresAt: new Date(ACCESS_NOW + 60_000).toISOString(),
    subject: { kind: 'case', ...scope },
    ...changes,
  };
}

/** Session attributes with a signed scope of that kind. */
export function attributesFor(scope: InvestigationScope): Record<string, string> {
  return signScope(caseScope(scope), TEST_ACCESS.key);
}
