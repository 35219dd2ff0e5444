import type { Json } from '#core/domain/hash.ts';
import {
  AGENT_EXCEPTIONS,
  AgentException,
  type AgentQuestion,
  type AgentRuntime,
  type AgentStreamEvent,
} from '#core/ports/agent-runtime.ts';
import type { ActionGroup, AgentSpec } from '#local/bedrock/agent.ts';
import { runAgentTurn } from '#local/bedrock/agent-loop.ts';
import { BedrockError } from '#local/bedrock/errors.ts';
import type { AgentEvent } from '#local/bedrock/events.ts';
import { applyGuardrail } from '#local/bedrock/guardrails/apply.ts';
import { checkGuardrail, type GuardrailDefinition } from '#local/bedrock/guardrails/definition.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import type { InvokeFunction, LoopLimits, LoopPorts, SessionState } from '#local/bedrock/run.ts';
import { MemorySessions } from './memory-sessions.ts';

/** An agent that is answered by a model in this process. */
export interface LoopAgent {
  readonly name: string;
  readonly instruction: string;
  readonly actionGroups: readonly ActionGroup[];
  /** Searched by `search`, under these names. */
  readonly knowledgeBases?: AgentSpec['knowledgeBases'];
  readonly model: AgentModel;
  readonly limits: LoopLimits;
  readonly idleSessionSeconds: number;
  /** Applied to input and answer. Where the model's service has a guardrail of its own, both are. */
  readonly guardrail?: GuardrailDefinition;
}

/** What the loop needs from outside. */
export interface LoopAgentOptions {
  readonly agents: ReadonlyMap<string, LoopAgent>;
  /** Runs an action group's Lambda. */
  readonly invokeFunction: InvokeFunction;
  /** Searches a knowledge base by the name that the agent has for it. Without it agents have none. */
  readonly search?: NonNullable<LoopPorts['search']>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * Agents over any model, answered as InvokeAgent answers: the agent loop of the embedded cloud, without the cloud.
 * `agentId` of a question is the name of the agent. Sessions live in this process, until they are idle.
 */
export class LoopAgentRuntime implements AgentRuntime {
  readonly #options: LoopAgentOptions;
  readonly #sessions: MemorySessions;

  /** Throws ValidationException for a guardrail that cannot be applied here. */
  constructor(options: LoopAgentOptions) {
    this.#options = options;
    this.#sessions = new MemorySessions(options.now);
    for (const { name, guardrail } of options.agents.values()) {
      if (guardrail !== undefined) checkGuardrail(name, guardrail);
    }
  }

  async *ask(question: AgentQuestion): AsyncGenerator<AgentStreamEvent> {
    const { agentId, sessionId, signal } = question;
    const agent = this.#options.agents.get(agentId);
    if (agent === undefined)
      throw new AgentException('ResourceNotFoundException', `No agent is called ${agentId}`);
    signal.throwIfAborted();
    const key = JSON.stringify([agentId, sessionId]);
    using _held = this.#sessions.hold(key);
    const turn = this.#turn(agent, question, this.#sessions.load(key));
    try {
      // The answer is held back until the session is kept: a caller that saw it can go on from it.
      let held: AgentStreamEvent | undefined;
      let step = await turn.next();
      while (step.done !== true) {
        const event = this.#read(step.value, question);
        if (event.kind === 'trace') yield event;
        else held = event;
        step = await turn.next();
      }
      this.#sessions.save(key, step.value, agent.idleSessionSeconds);
      if (held !== undefined) yield held;
    } catch (error) {
      throw asException(error, signal);
    } finally {
      await turn.return(this.#sessions.load(key));
    }
  }

  #turn(
    agent: LoopAgent,
    question: AgentQuestion,
    before: SessionState,
  ): AsyncGenerator<AgentEvent, SessionState> {
    const { agentId, agentAliasId, sessionId, inputText, sessionAttributes, signal } = question;
    const { guardrail, model, limits } = agent;
    const { search } = this.#options;
    const spec: AgentSpec = {
      agentId,
      agentArn: `arn:aws:bedrock:local:000000000000:agent/${agentId}`,
      agentName: agent.name,
      agentAliasId,
      agentVersion: agentAliasId,
      foundationModel: model.id,
      instruction: agent.instruction,
      inference: {},
      actionGroups: agent.actionGroups,
      knowledgeBases: search === undefined ? [] : (agent.knowledgeBases ?? []),
    };
    const ports = {
      model,
      invokeFunction: this.#options.invokeFunction,
      now: this.#options.now,
      newId: this.#options.newId,
      ...(search === undefined ? {} : { search }),
      ...(guardrail === undefined
        ? {}
        : {
            guard: (source: 'INPUT' | 'OUTPUT', text: string) => applyGuardrail(guardrail, source, text),
          }),
    };
    const state = { ...before, sessionAttributes, promptSessionAttributes: {} };
    return runAgentTurn(spec, sessionId, state, { kind: 'text', text: inputText }, ports, limits, signal);
  }

  #read(event: AgentEvent, { sessionId, agentId, agentAliasId }: AgentQuestion): AgentStreamEvent {
    switch (event.kind) {
      case 'chunk':
        return {
          kind: 'text',
          text: event.text,
          ...(event.citations.length === 0 ? {} : { citations: event.citations as unknown as Json[] }),
        };
      case 'returnControl':
        return {
          kind: 'return-control',
          invocationId: event.invocationId,
          invocationInputs: event.invocationInputs as unknown as Json[],
        };
      case 'trace':
        return {
          kind: 'trace',
          trace: {
            sessionId,
            agentId,
            agentAliasId,
            agentVersion: agentAliasId,
            eventTime: new Date(this.#options.now()).toISOString(),
            trace: JSON.parse(JSON.stringify(event.trace)) as Json,
          },
        };
    }
  }
}

function asException(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (!(error instanceof BedrockError)) return error;
  const name = AGENT_EXCEPTIONS.find((known) => known === error.code) ?? 'InternalServerException';
  const { resourceName } = error.extra;
  return new AgentException(
    name,
    error.message,
    typeof resourceName === 'string' ? resourceName : undefined,
    {
      cause: error,
    },
  );
}
