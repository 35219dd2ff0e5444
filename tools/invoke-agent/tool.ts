import { type InvestigationScope, signScope, type ToolAccess } from '#core/agent-tool/scope.ts';
import type { AgentConclusion } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf, type Json } from '#core/domain/hash.ts';
import { readConclusion } from '#core/investigation/conclusion.ts';
import { traceFile } from '#core/investigation/run-files.ts';
import type { AgentRuntime } from '#core/ports/agent-runtime.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import { keptTrace, NOTHING_READ, readTrace, type TraceReading } from './read-trace.ts';
import type { InvokeAgentInput, InvokeAgentOutput } from './schema.ts';

/** A registered agent: where it is reached, what it is made of, what it may use up. */
export interface AgentHandle {
  readonly agentId: string;
  readonly agentAliasId: string;
  readonly definitionHash: string;
  readonly prompt: { readonly file: string; readonly version: number; readonly sha256: string };
  /** Short hash of the schema of each tool. */
  readonly toolVersions: Readonly<Record<string, string>>;
  readonly limits: {
    readonly modelCalls: number;
    readonly tokens: number;
    readonly seconds: number;
    readonly toolCalls: number;
  };
}

/** What the tool needs. */
export interface InvokeAgentPorts {
  readonly runtime: AgentRuntime;
  readonly agents: ReadonlyMap<string, AgentHandle>;
  readonly cases: CaseStore;
  readonly runs: RunStore;
  /** Signs what the agent's tools may look at. */
  readonly access: ToolAccess;
}

/** A conversation so far. */
interface Conversation {
  readonly agent: AgentHandle;
  readonly scope: InvestigationScope;
  readonly sessionId: string;
  readonly sessionAttributes: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly traces: Json[];
  reading: TraceReading;
}

/**
 * Lets an agent investigate a case: asks once, and once more if the answer does not have the required form. Saves
 * what its tools showed as evidence and the trace as a file of the run. Throws AgentFailed when the agent fails,
 * exceeds a limit or gives no usable answer, and CaseNotFound when there is no such case.
 */
export async function invokeAgent(
  input: InvokeAgentInput,
  ports: InvokeAgentPorts,
): Promise<InvokeAgentOutput> {
  const { agentName, actor: asks = 'system', ...scope } = input;
  const agent = ports.agents.get(agentName);
  if (agent === undefined)
    throw new PlumblineError('UnknownName', { what: `No agent is called ${agentName}` });
  const found = await ports.cases.findCase(scope.caseId);
  if (found === undefined) throw new PlumblineError('CaseNotFound', { what: `No case ${scope.caseId}` });
  const conversation: Conversation = {
    agent,
    scope,
    sessionId: `${scope.caseId}-${hashOf({ ...scope, definition: agent.definitionHash }).slice(0, 16)}`,
    sessionAttributes: signedScope(scope, asks, agent, ports.access),
    signal: AbortSignal.timeout(agent.limits.seconds * 1_000),
    traces: [],
    reading: NOTHING_READ,
  };
  const actor = `agent:${agentName}`;
  const identity = { prompt: agent.prompt, definitionHash: agent.definitionHash, tools: agent.toolVersions };
  await ports.cases.changeCase(
    scope.caseId,
    {
      kind: 'investigation-started',
      actor,
      data: { runId: scope.runId, ...identity },
      status: 'investigating',
    },
    { dedupeKey: `${conversation.sessionId}:started` },
  );
  const answer = await converse(conversation, firstInput(scope, found.title), ports);
  const { reading } = conversation;
  const answeredBy = reading.model ?? 'unknown';
  const conclusion = { ...answer.conclusion, answeredBy };
  const tracePointer = traceFile(scope.runId, scope.caseId);
  await ports.cases.saveEvidence(reading.evidence);
  await ports.cases.changeCase(
    scope.caseId,
    {
      kind: 'investigation-completed',
      actor,
      data: { answeredBy, ...identity, usage: { ...reading.usage }, turns: answer.turns, tracePointer },
    },
    { dedupeKey: `${conversation.sessionId}:completed` },
  );
  return {
    conclusion,
    evidence: reading.evidence.length,
    usage: reading.usage,
    turns: answer.turns,
    answeredBy,
    tracePointer,
  };
}

/** Asks, and asks once more for the required form. The trace is kept however it ends. */
async function converse(
  conversation: Conversation,
  question: string,
  ports: InvokeAgentPorts,
): Promise<{ readonly conclusion: AgentConclusion; readonly turns: number }> {
  try {
    const first = readConclusion(await ask(conversation, question, ports.runtime));
    if (first.ok) return { conclusion: first.conclusion, turns: 1 };
    const second = readConclusion(
      await ask(
        conversation,
        `${first.problem} Answer again with one JSON object of the form in your instruction, and nothing else.`,
        ports.runtime,
      ),
    );
    if (second.ok) return { conclusion: second.conclusion, turns: 2 };
    throw failed(conversation, second.problem);
  } finally {
    const { scope, traces, agent, sessionId } = conversation;
    await ports.runs.write(
      traceFile(scope.runId, scope.caseId),
      `${JSON.stringify({ ...scope, sessionId, definitionHash: agent.definitionHash, traces }, null, 1)}\n`,
    );
  }
}

/** One question: reads the stream to its end and returns the text. */
async function ask(conversation: Conversation, inputText: string, runtime: AgentRuntime): Promise<string> {
  const { agent, scope, sessionId, sessionAttributes, signal } = conversation;
  const { agentId, agentAliasId } = agent;
  let answer = '';
  try {
    const events = runtime.ask({ agentId, agentAliasId, sessionId, inputText, sessionAttributes, signal });
    for await (const event of events) {
      if (event.kind === 'text') {
        answer += event.text;
      } else if (event.kind === 'trace') {
        conversation.traces.push(keptTrace(event.trace, conversation.reading.usage.modelCalls === 0));
        conversation.reading = readTrace(conversation.reading, event.trace, scope.caseId);
        checkLimits(conversation);
      } else {
        throw failed(conversation, 'the agent handed control back, which no tool of it should do');
      }
    }
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    const why = signal.aborted ? `it did not answer within ${agent.limits.seconds} s` : messageOf(error);
    throw failed(conversation, why, error);
  }
  return answer;
}

/** What the agent's tools may look at, for as long as the conversation may last. */
function signedScope(
  scope: InvestigationScope,
  actor: string,
  agent: AgentHandle,
  { operator, key, clock }: ToolAccess,
): Record<string, string> {
  const expiresAt = new Date(clock.now() + agent.limits.seconds * 1_000).toISOString();
  return signScope({ operator, actor, expiresAt, subject: { kind: 'case', ...scope } }, key);
}

function checkLimits(conversation: Conversation): void {
  const { usage } = conversation.reading;
  const { limits } = conversation.agent;
  const tokens = usage.inputTokens + usage.outputTokens;
  if (usage.modelCalls > limits.modelCalls)
    throw failed(conversation, `more than ${limits.modelCalls} model calls`);
  if (usage.toolCalls > limits.toolCalls)
    throw failed(conversation, `more than ${limits.toolCalls} tool calls`);
  if (tokens > limits.tokens) throw failed(conversation, `more than ${limits.tokens} tokens`);
}

function firstInput(scope: InvestigationScope, title: string): string {
  return `Investigate finding ${scope.findingId} of case ${scope.caseId}. The control says: ${JSON.stringify(title)}`;
}

function failed(conversation: Conversation, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError(
    'AgentFailed',
    {
      what: 'The agent gave no usable answer',
      where: `case ${conversation.scope.caseId}, session ${conversation.sessionId}`,
      why,
      next: `read ${traceFile(conversation.scope.runId, conversation.scope.caseId)} in the runs folder`,
      retryable: true,
    },
    { cause },
  );
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
