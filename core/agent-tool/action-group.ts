import { z } from 'zod';
import { AGENT_TOOL_ERRORS, AgentToolError, type AgentToolErrorCode } from './errors.ts';
import { type ReplyContent, withEvidenceId } from './evidence.ts';
import { fitReply } from './fit-reply.ts';
import { readScope, type SubjectKind, type SubjectOf, subjectOf, type ToolAccess } from './scope.ts';

const attributes = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

/** The event that Bedrock sends to an action-group Lambda with a function schema. Every value is a string. */
const actionGroupEvent = z.object({
  messageVersion: z.literal('1.0'),
  actionGroup: z.string(),
  function: z.string(),
  sessionId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), type: z.string(), value: z.string() }))
    .nullish()
    .transform((value) => value ?? []),
  sessionAttributes: attributes,
  promptSessionAttributes: attributes,
});
export type ActionGroupEvent = z.infer<typeof actionGroupEvent>;

/** What the Lambda answers. Session attributes go back as they came: a tool cannot widen its scope. */
export interface ActionGroupResponse {
  readonly messageVersion: '1.0';
  readonly response: {
    readonly actionGroup: string;
    readonly function: string;
    readonly functionResponse: {
      readonly responseState?: 'REPROMPT';
      readonly responseBody: { readonly TEXT: { readonly body: string } };
    };
  };
  readonly sessionAttributes: Readonly<Record<string, string>>;
  readonly promptSessionAttributes: Readonly<Record<string, string>>;
}

/** A tool as the envelope runs it: how its input is read, and what it does. */
export interface AgentTool<Input, Kind extends SubjectKind = 'case'> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** Kinds of subject that the tool can look at; in a session about another kind it answers SCOPE_MISSING. */
  readonly accepts: readonly Kind[];
  /** Whose scopes count. */
  readonly access: ToolAccess;
  readonly answer: (input: Input, subject: SubjectOf<Kind>) => Promise<ReplyContent>;
  /** Told of failures that the agent is not told about. */
  readonly onFailure: (error: unknown, about: { readonly sessionId: string }) => void;
}

/**
 * Runs one call of an agent: reads scope and parameters, calls the tool, names the reply by its hash and keeps it
 * under the size limit. Bad parameters come back as REPROMPT with a stable code; an unexpected failure as
 * TOOL_FAILED without its message. Throws only when the event is no action-group event at all.
 */
export async function runAgentTool<Input, Kind extends SubjectKind>(
  tool: AgentTool<Input, Kind>,
  rawEvent: unknown,
): Promise<ActionGroupResponse> {
  const event = actionGroupEvent.parse(rawEvent);
  try {
    const { operator, key, clock } = tool.access;
    const scope = readScope(event.sessionAttributes, { operator, key, now: clock.now() });
    const subject = subjectOf(scope, tool.accepts);
    const input = readInput(tool, event);
    const content = await tool.answer(input, subject);
    const fitted = fitReply(content, (candidate) =>
      byteLength(respond(event, JSON.stringify(withEvidenceId(candidate)))),
    );
    return respond(event, JSON.stringify(withEvidenceId(fitted)));
  } catch (error) {
    if (error instanceof AgentToolError) return respondError(event, error.code, error.message);
    tool.onFailure(error, { sessionId: event.sessionId });
    return respondError(
      event,
      'TOOL_FAILED',
      'The tool could not answer. Go on without it and say what could not be looked at.',
    );
  }
}

function readInput<Input>(tool: Pick<AgentTool<Input>, 'name' | 'input'>, event: ActionGroupEvent): Input {
  const names = event.parameters.map((parameter) => parameter.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new AgentToolError('INVALID_INPUT', `Parameter ${twice} is given twice.`);
  const values = Object.fromEntries(
    event.parameters.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]),
  );
  const parsed = tool.input.safeParse(values);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map((issue) => {
    const where = issue.path.join('.');
    return where === '' ? issue.message : `${where}: ${issue.message}`;
  });
  throw new AgentToolError('INVALID_INPUT', `${tool.name} cannot use these parameters. ${issues.join('; ')}`);
}

function respond(event: ActionGroupEvent, body: string, responseState?: 'REPROMPT'): ActionGroupResponse {
  return {
    messageVersion: '1.0',
    response: {
      actionGroup: event.actionGroup,
      function: event.function,
      functionResponse: {
        ...(responseState === undefined ? {} : { responseState }),
        responseBody: { TEXT: { body } },
      },
    },
    sessionAttributes: event.sessionAttributes,
    promptSessionAttributes: event.promptSessionAttributes,
  };
}

function respondError(
  event: ActionGroupEvent,
  code: AgentToolErrorCode,
  message: string,
): ActionGroupResponse {
  const body = JSON.stringify({ error: { code, message } });
  return respond(event, body, AGENT_TOOL_ERRORS[code].retry ? 'REPROMPT' : undefined);
}

const byteLength = (response: ActionGroupResponse): number =>
  new TextEncoder().encode(JSON.stringify(response)).length;
