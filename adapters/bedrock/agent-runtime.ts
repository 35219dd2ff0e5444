import { type BedrockAgentRuntimeClient, InvokeAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import type { AgentQuestion, AgentRuntime, AgentStreamEvent } from '#core/ports/agent-runtime.ts';
import { asAgentException, readStream } from './stream.ts';

/** Throws an Error for a client that repeats a call that fails before its first event, tools and all. */
export async function assertNoRepeats(client: BedrockAgentRuntimeClient): Promise<void> {
  const attempts = await client.config.maxAttempts();
  if (attempts !== 1) {
    throw new Error(`The Bedrock agent runtime client has maxAttempts ${attempts}; it must be 1`);
  }
}

/** Bedrock's InvokeAgent on an agent that is deployed, traces on. */
export class BedrockAgentRuntime implements AgentRuntime {
  readonly #client: BedrockAgentRuntimeClient;

  /** The client must have `maxAttempts: 1`: the SDK repeats a call that fails before its first event, tools and all. */
  constructor(client: BedrockAgentRuntimeClient) {
    this.#client = client;
  }

  async *ask(question: AgentQuestion): AsyncGenerator<AgentStreamEvent> {
    await assertNoRepeats(this.#client);
    const { signal, sessionAttributes, ...rest } = question;
    const command = new InvokeAgentCommand({
      ...rest,
      enableTrace: true,
      sessionState: { sessionAttributes: { ...sessionAttributes } },
    });
    const reply = await this.#client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw asAgentException(error, signal);
    });
    yield* readStream(reply.completion, signal);
  }
}
