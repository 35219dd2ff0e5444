import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { ZodType } from 'zod';
import { type AgentTool, runAgentTool } from '#core/agent-tool/action-group.ts';
import type { SubjectKind } from '#core/agent-tool/scope.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';

/**
 * The shell of a Lambda that a state machine calls: reads the event, runs the tool, logs what it throws. An
 * expected error keeps its name, on which the state machine matches; an event that does not fit is
 * ToolInputInvalid. Logs go to standard error only, because on a laptop standard output is the result.
 */
export function toolHandler<Input, Output>(
  tool: string,
  schema: ZodType<Input>,
  run: (input: Input) => Promise<Output>,
) {
  const logger = new Logger({ serviceName: tool });
  return middy()
    .use(injectLambdaContext(logger))
    .handler(async (event: unknown): Promise<Output> => {
      const parsed = schema.safeParse(event);
      if (!parsed.success) throw invalidInput(tool, parsed.error.issues);
      try {
        return await run(parsed.data);
      } catch (error) {
        if (!isPlumblineError(error)) logger.error(`${tool} failed`, { error: error as Error });
        throw error;
      }
    });
}

/**
 * The shell of a Lambda that an agent calls through an action group. What the agent is not told of a failure is
 * logged.
 */
export function agentToolHandler<Input, Kind extends SubjectKind>(
  tool: Omit<AgentTool<Input, Kind>, 'onFailure'>,
) {
  const logger = new Logger({ serviceName: tool.name });
  const onFailure: AgentTool<Input, Kind>['onFailure'] = (error, about) =>
    logger.error(`${tool.name} failed`, { error: error as Error, ...about });
  return middy()
    .use(injectLambdaContext(logger))
    .handler((event: unknown) => runAgentTool({ ...tool, onFailure }, event));
}

function invalidInput(
  tool: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): PlumblineError {
  const [first] = issues;
  return new PlumblineError('ToolInputInvalid', {
    what: `The input of ${tool} does not fit its schema`,
    where: first?.path.map(String).join('.') || 'the whole event',
    ...(first ? { why: first.message } : {}),
    next: `compare the payload of the state machine with tools/${tool}/schema.ts`,
  });
}
