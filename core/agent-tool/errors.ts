/**
 * Every error an agent can be told, and whether it may try again with other parameters. Messages are written here
 * or by the tool for the agent; messages of libraries never reach it.
 */
export const AGENT_TOOL_ERRORS = {
  INVALID_INPUT: { retry: true },
  NOT_FOUND: { retry: true },
  NOT_APPLICABLE: { retry: true },
  SCOPE_MISSING: { retry: false },
  SCOPE_EXPIRED: { retry: false },
  REPLY_TOO_LARGE: { retry: true },
  TOOL_FAILED: { retry: false },
} as const;
export type AgentToolErrorCode = keyof typeof AGENT_TOOL_ERRORS;

/** An error that an agent may read. */
export class AgentToolError extends Error {
  override readonly name = 'AgentToolError';
  readonly code: AgentToolErrorCode;

  constructor(code: AgentToolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
