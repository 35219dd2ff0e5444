import {
  type AgentActionGroup,
  type BedrockAgentRuntimeClient,
  type GuardrailConfigurationWithArn,
  type InlineSessionState,
  InvokeInlineAgentCommand,
  type KnowledgeBase,
} from '@aws-sdk/client-bedrock-agent-runtime';
import type { AgentStreamEvent } from '#core/ports/agent-runtime.ts';
import { AgentException, type AgentQuestion, type AgentRuntime } from '#core/ports/agent-runtime.ts';
import { assertNoRepeats } from './agent-runtime.ts';
import { type OpenCall, openCalls, PairedTraces, type RunTool, runCalls } from './return-control.ts';
import { asAgentException, readStream } from './stream.ts';

/** An agent as InvokeInlineAgent takes it with every call. */
export interface InlineAgent {
  readonly agentName: string;
  readonly foundationModel: string;
  readonly instruction: string;
  readonly idleSessionTTLInSeconds: number;
  /** Groups without a Lambda are run by `runTool`. */
  readonly actionGroups: readonly AgentActionGroup[];
  readonly knowledgeBases?: readonly KnowledgeBase[];
  readonly guardrailConfiguration?: GuardrailConfigurationWithArn;
}

/** What the runtime needs beside the client. */
export interface InlineAgentOptions {
  readonly agents: ReadonlyMap<string, InlineAgent>;
  /** Runs a call that Bedrock hands back, as the action group's Lambda would be called. */
  readonly runTool: RunTool;
}

/** Returns of control in one question; the agent's own limit of model calls ends it earlier. */
const MAX_RETURNS = 50;

/**
 * Bedrock's InvokeInlineAgent: the agent comes with the call and need not exist in the account. `agentId` of a question
 * is the name of the agent. Calls that are handed back are run here, and the answer goes on in the same session.
 */
export class InlineAgentRuntime implements AgentRuntime {
  readonly #client: BedrockAgentRuntimeClient;
  readonly #options: InlineAgentOptions;

  /** The client must have `maxAttempts: 1`, as that of BedrockAgentRuntime. */
  constructor(client: BedrockAgentRuntimeClient, options: InlineAgentOptions) {
    this.#client = client;
    this.#options = options;
  }

  async *ask(question: AgentQuestion): AsyncGenerator<AgentStreamEvent> {
    await assertNoRepeats(this.#client);
    const agent = this.#options.agents.get(question.agentId);
    if (agent === undefined)
      throw new AgentException('ResourceNotFoundException', `No inline agent is called ${question.agentId}`);
    const { sessionAttributes } = question;
    let state: InlineSessionState = { sessionAttributes: { ...sessionAttributes } };
    const traces = new PairedTraces();
    for (let returns = 0; returns <= MAX_RETURNS; returns += 1) {
      let handed: { readonly invocationId: string; readonly calls: readonly OpenCall[] } | undefined;
      for await (const event of readStream(await this.#send(question, agent, state), question.signal)) {
        if (event.kind === 'return-control') {
          handed = { invocationId: event.invocationId, calls: openCalls(event.invocationInputs) };
        } else if (event.kind !== 'trace' || traces.passes(event.trace)) {
          yield event;
        }
      }
      if (handed === undefined) return;
      const results = [];
      for await (const { call, result, reply } of runCalls(handed.calls, {
        agent: { name: agent.agentName, id: question.agentId, alias: question.agentAliasId },
        question,
        runTool: this.#options.runTool,
      })) {
        for (const trace of traces.pair(call, reply)) yield { kind: 'trace', trace };
        results.push(result);
      }
      state = { invocationId: handed.invocationId, returnControlInvocationResults: results };
    }
    throw new AgentException(
      'ServiceQuotaExceededException',
      `The agent handed control back more than ${MAX_RETURNS} times for one input`,
    );
  }

  async #send(question: AgentQuestion, agent: InlineAgent, inlineSessionState: InlineSessionState) {
    const { sessionId, inputText, signal } = question;
    const goesOn = inlineSessionState.returnControlInvocationResults !== undefined;
    const command = new InvokeInlineAgentCommand({
      ...agent,
      actionGroups: [...agent.actionGroups],
      knowledgeBases: agent.knowledgeBases === undefined ? undefined : [...agent.knowledgeBases],
      sessionId,
      enableTrace: true,
      inlineSessionState,
      ...(goesOn ? {} : { inputText }),
    });
    const reply = await this.#client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw asAgentException(error, signal);
    });
    return reply.completion;
  }
}
