import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { BLOCKED_INPUT, BLOCKED_OUTPUT } from '#agents/guardrail.ts';
import { AGENTS } from '#agents/registry.ts';
import { type AgentSubject, signScope } from '#core/agent-tool/scope.ts';
import type { Evidence } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { readAnswer } from '#core/investigation/read-answer.ts';
import { NOTHING_READ, readTrace, type TraceReading } from '#tools/invoke-agent/read-trace.ts';
import type { AgentUsage } from '#tools/invoke-agent/schema.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import type { Conversations } from '../host.ts';

/** What is asked of which agent, about what, by whom. */
export interface Conversation<T> {
  readonly agentName: string;
  readonly subject: AgentSubject;
  readonly actor: string;
  readonly inputText: string;
  readonly form: z.ZodType<T>;
}

/** What came of it: the answer in its form, or that the guardrail did not let it pass. Nothing of it is checked yet. */
export interface Conversed<T> {
  readonly sessionId: string;
  readonly answer: T | undefined;
  readonly blocked: 'question' | 'answer' | undefined;
  readonly evidence: readonly Evidence[];
  readonly usage: AgentUsage;
  /** Questions put to the agent: 1, or 2 where it was asked to repair its form. */
  readonly turns: number;
  /** The model as the trace names it. */
  readonly answeredBy: string;
  readonly agent: AgentHandle;
}

interface Talk {
  readonly conversations: Conversations;
  readonly agent: AgentHandle;
  readonly sessionId: string;
  readonly sessionAttributes: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  reading: TraceReading;
}

/**
 * Puts a question to an agent through InvokeAgent, or what the settings put in its place, and once more if the answer
 * does not have its form. Throws UnknownName for an unknown agent, AgentFailed when it fails, exceeds a limit or gives no
 * usable answer.
 */
export async function converse<T>(
  conversations: Conversations,
  { agentName, subject, actor, inputText, form }: Conversation<T>,
): Promise<Conversed<T>> {
  const agent = conversations.agents.get(agentName);
  if (agent === undefined) {
    throw new PlumblineError('UnknownName', {
      what: `No agent is called ${agentName}`,
      next: `one of ${AGENTS.map(({ name }) => name).join(', ')}`,
    });
  }
  const { operator, key, clock } = conversations.access;
  const expiresAt = new Date(clock.now() + agent.limits.seconds * 1_000).toISOString();
  const talk: Talk = {
    conversations,
    agent,
    sessionId: `${agentName}-${randomUUID()}`,
    sessionAttributes: signScope({ operator, actor, expiresAt, subject }, key),
    signal: AbortSignal.timeout(agent.limits.seconds * 1_000),
    reading: NOTHING_READ,
  };
  const first = await turn(talk, inputText);
  const done = (answer: T | undefined, blocked: Conversed<T>['blocked'], turns: number): Conversed<T> => ({
    sessionId: talk.sessionId,
    answer,
    blocked,
    evidence: talk.reading.evidence,
    usage: talk.reading.usage,
    turns,
    answeredBy: talk.reading.model ?? (blocked === 'question' ? 'guardrail' : 'unknown'),
    agent,
  });
  if (blockedBy(first) !== undefined) return done(undefined, blockedBy(first), 1);
  const reading = readAnswer(first, form);
  if (reading.ok) return done(reading.answer, undefined, 1);
  const second = await turn(
    talk,
    `${reading.problem} Answer again with one JSON object of the form in your instruction, and nothing else.`,
  );
  if (blockedBy(second) !== undefined) return done(undefined, blockedBy(second), 2);
  const again = readAnswer(second, form);
  if (again.ok) return done(again.answer, undefined, 2);
  throw failed(talk, again.problem);
}

/** A guardrail answers with its own words in place of the agent's. */
function blockedBy(text: string): 'question' | 'answer' | undefined {
  if (text.trim() === BLOCKED_INPUT) return 'question';
  return text.trim() === BLOCKED_OUTPUT ? 'answer' : undefined;
}

/** One question: reads the stream to its end and returns the text. */
async function turn(talk: Talk, inputText: string): Promise<string> {
  const { agent, sessionId, sessionAttributes, signal } = talk;
  const { agentId, agentAliasId } = agent;
  let text = '';
  try {
    const question = { agentId, agentAliasId, sessionId, inputText, sessionAttributes, signal };
    for await (const event of talk.conversations.runtime.ask(question)) {
      if (event.kind === 'text') text += event.text;
      else if (event.kind === 'trace') {
        talk.reading = readTrace(talk.reading, event.trace, sessionId);
        checkLimits(talk);
      } else throw failed(talk, 'the agent handed control back, which no tool of it should do');
    }
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    const why = signal.aborted ? `it did not answer within ${agent.limits.seconds} s` : String(error);
    throw failed(talk, why, error);
  }
  return text;
}

function checkLimits(talk: Talk): void {
  const { usage } = talk.reading;
  const { limits } = talk.agent;
  if (usage.modelCalls > limits.modelCalls) throw failed(talk, `more than ${limits.modelCalls} model calls`);
  if (usage.toolCalls > limits.toolCalls) throw failed(talk, `more than ${limits.toolCalls} tool calls`);
  if (usage.inputTokens + usage.outputTokens > limits.tokens)
    throw failed(talk, `more than ${limits.tokens} tokens`);
}

function failed(talk: Talk, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError(
    'AgentFailed',
    {
      what: 'The agent gave no usable answer',
      where: `session ${talk.sessionId}`,
      why,
      next: 'plumbline doctor says which backends can answer',
      retryable: true,
    },
    { cause },
  );
}
