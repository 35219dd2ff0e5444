import type { InvocationResultMember } from '@aws-sdk/client-bedrock-agent-runtime';
import { z } from 'zod';
import type { Json } from '#core/domain/hash.ts';
import { AgentException, type AgentQuestion } from '#core/ports/agent-runtime.ts';

/** Runs a tool by the name of its action group. Takes and returns what the group's Lambda would. */
export type RunTool = (actionGroup: string, event: unknown, signal: AbortSignal) => Promise<unknown>;

/** One call that Bedrock handed back. */
export interface OpenCall {
  readonly actionGroup: string;
  readonly function: string;
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly agentId: string | undefined;
}

/** What the tool replied: text for the model, or an error that the model may mend. */
export interface ToolReply {
  readonly text: string;
  readonly isError: boolean;
}

/** Bedrock's limit on a tool's reply, in bytes. 25 KB is read as 25,000 bytes. */
const MAX_REPLY_BYTES = 25_000;

const invocationInput = z.object({
  functionInvocationInput: z.object({
    actionGroup: z.string(),
    function: z.string(),
    agentId: z.string().optional(),
    parameters: z
      .array(
        z.object({ name: z.string(), type: z.string().default('string'), value: z.string().default('') }),
      )
      .default([]),
  }),
});

/** The calls of a return of control. Throws AgentException for one that names an API: our tools are functions. */
export function openCalls(invocationInputs: readonly Json[]): OpenCall[] {
  return invocationInputs.map((input) => {
    const parsed = invocationInput.safeParse(input);
    if (!parsed.success)
      throw new AgentException('BadGatewayException', 'Control came back without a function to call');
    const { agentId, ...call } = parsed.data.functionInvocationInput;
    return { ...call, agentId };
  });
}

/** What a tool is told about the conversation that calls it. */
interface Conversation {
  readonly agent: { readonly name: string; readonly id: string; readonly alias: string };
  readonly question: AgentQuestion;
  readonly runTool: RunTool;
}

/**
 * Runs the calls one after the other. Throws DependencyFailedException when a tool throws, answers FAILURE, or answers
 * something that Bedrock would not take from a Lambda.
 */
export async function* runCalls(
  calls: readonly OpenCall[],
  conversation: Conversation,
): AsyncGenerator<{
  readonly call: OpenCall;
  readonly result: InvocationResultMember;
  readonly reply: ToolReply;
}> {
  for (const call of calls) {
    const reply = await runCall(call, conversation);
    yield {
      call,
      reply,
      result: {
        functionResult: {
          actionGroup: call.actionGroup,
          function: call.function,
          ...(call.agentId === undefined ? {} : { agentId: call.agentId }),
          ...(reply.isError ? { responseState: 'REPROMPT' as const } : {}),
          responseBody: { TEXT: { body: reply.text } },
        },
      },
    };
  }
}

async function runCall(call: OpenCall, { agent, question, runTool }: Conversation): Promise<ToolReply> {
  const { signal, sessionId, inputText, sessionAttributes } = question;
  const event = {
    messageVersion: '1.0',
    agent: { ...agent, version: agent.alias },
    inputText,
    sessionId,
    actionGroup: call.actionGroup,
    function: call.function,
    parameters: call.parameters,
    sessionAttributes: { ...sessionAttributes },
    promptSessionAttributes: {},
  };
  signal.throwIfAborted();
  const answer = await runTool(call.actionGroup, event, signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw failed(call, `${name}: ${message}`, error);
  });
  return readAnswer(call, answer);
}

const lambdaAnswer = z.object({
  messageVersion: z.literal('1.0'),
  response: z.object({
    actionGroup: z.string(),
    function: z.string(),
    functionResponse: z.object({
      responseState: z.enum(['FAILURE', 'REPROMPT']).optional(),
      responseBody: z.object({ TEXT: z.object({ body: z.string() }) }),
    }),
  }),
});

function readAnswer(call: OpenCall, answer: unknown): ToolReply {
  const bytes = Buffer.byteLength(JSON.stringify(answer) ?? '');
  if (bytes > MAX_REPLY_BYTES)
    throw failed(call, `its reply of ${bytes} bytes exceeds the limit of 25 KB (${MAX_REPLY_BYTES} bytes)`);
  const parsed = lambdaAnswer.safeParse(answer);
  if (!parsed.success) throw failed(call, 'its reply does not have the form that Bedrock takes');
  const { actionGroup, function: name, functionResponse } = parsed.data.response;
  if (actionGroup !== call.actionGroup || name !== call.function)
    throw failed(call, `it answered for ${actionGroup} ${name}`);
  const text = functionResponse.responseBody.TEXT.body;
  if (functionResponse.responseState === 'FAILURE') throw failed(call, `it reported FAILURE: ${text}`);
  return { text, isError: functionResponse.responseState === 'REPROMPT' };
}

function failed(call: OpenCall, why: string, cause?: unknown): AgentException {
  const message = `The tool ${call.actionGroup} failed: ${why}`;
  return new AgentException('DependencyFailedException', message, call.actionGroup, { cause });
}

type Trace = Record<string, unknown> & {
  readonly trace?: {
    readonly orchestrationTrace?: {
      readonly invocationInput?: {
        readonly traceId?: string;
        readonly actionGroupInvocationInput?: {
          readonly actionGroupName?: string;
          readonly function?: string;
          readonly executionType?: string;
        };
      };
      readonly observation?: {
        readonly type?: string;
        readonly actionGroupInvocationOutput?: { readonly text?: string };
        readonly repromptResponse?: { readonly text?: string; readonly source?: string };
      };
    };
  };
};

/**
 * Puts the traces of handed-back calls in order. Bedrock tells all calls at once, and their replies when it has them
 * back; a reader wants each reply behind its call, and what the tool really said.
 */
export class PairedTraces {
  readonly #held: Trace[] = [];
  readonly #told: string[] = [];

  /** False for a trace that is held back, or that repeats a reply that was told with its call. */
  passes(trace: Json): boolean {
    const step = (trace as Trace).trace?.orchestrationTrace;
    if (step?.invocationInput?.actionGroupInvocationInput?.executionType === 'RETURN_CONTROL') {
      this.#held.push(trace as Trace);
      return false;
    }
    const { observation } = step ?? {};
    const text =
      observation?.repromptResponse?.source === 'ACTION_GROUP'
        ? observation.repromptResponse.text
        : observation?.actionGroupInvocationOutput?.text;
    const at = text === undefined ? -1 : this.#told.indexOf(text);
    if (at >= 0) this.#told.splice(at, 1);
    return at < 0;
  }

  /** The trace of the call and that of its reply. */
  pair(call: OpenCall, reply: ToolReply): Json[] {
    const at = this.#held.findIndex((trace) => {
      const input = trace.trace?.orchestrationTrace?.invocationInput?.actionGroupInvocationInput;
      return input?.actionGroupName === call.actionGroup && input.function === call.function;
    });
    const held = at < 0 ? undefined : this.#held.splice(at, 1)[0];
    const { trace: _, ...envelope } = held ?? {};
    const traceId = held?.trace?.orchestrationTrace?.invocationInput?.traceId ?? '';
    const asked = {
      traceId,
      invocationType: 'ACTION_GROUP',
      actionGroupInvocationInput: {
        actionGroupName: call.actionGroup,
        function: call.function,
        parameters: call.parameters,
        executionType: 'RETURN_CONTROL',
      },
    };
    const observation = reply.isError
      ? { traceId, type: 'REPROMPT', repromptResponse: { text: reply.text, source: 'ACTION_GROUP' } }
      : { traceId, type: 'ACTION_GROUP', actionGroupInvocationOutput: { text: reply.text } };
    this.#told.push(reply.text);
    return [
      held ?? { ...envelope, trace: { orchestrationTrace: { invocationInput: asked } } },
      { ...envelope, trace: { orchestrationTrace: { observation } } },
    ] as Json[];
  }
}
