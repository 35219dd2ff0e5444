import { type BedrockAgentRuntimeClient, InvokeAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import type { Json } from '#core/domain/hash.ts';
import type { AgentQuestion, AgentRuntime, AgentStreamEvent } from '#core/ports/agent-runtime.ts';

/** Bedrock's InvokeAgent, traces on. */
export class BedrockAgentRuntime implements AgentRuntime {
  readonly #client: BedrockAgentRuntimeClient;

  /** The client must have `maxAttempts: 1`: the SDK repeats a call that fails before its first event, tools and all. */
  constructor(client: BedrockAgentRuntimeClient) {
    this.#client = client;
  }

  async *ask(question: AgentQuestion): AsyncGenerator<AgentStreamEvent> {
    const attempts = await this.#client.config.maxAttempts();
    if (attempts !== 1) {
      throw new Error(`The Bedrock agent runtime client has maxAttempts ${attempts}; it must be 1`);
    }
    const { signal, sessionAttributes, ...rest } = question;
    const reply = await this.#client.send(
      new InvokeAgentCommand({
        ...rest,
        enableTrace: true,
        sessionState: { sessionAttributes: { ...sessionAttributes } },
      }),
      { abortSignal: signal },
    );
    const decoder = new TextDecoder();
    for await (const event of reply.completion ?? []) {
      signal.throwIfAborted();
      if (event.chunk?.bytes !== undefined) {
        yield { kind: 'text', text: decoder.decode(event.chunk.bytes, { stream: true }) };
      } else if (event.trace !== undefined) {
        yield { kind: 'trace', trace: JSON.parse(JSON.stringify(event.trace)) as Json };
      } else if (event.returnControl !== undefined) {
        yield { kind: 'return-control', invocationId: event.returnControl.invocationId ?? '' };
      }
    }
  }
}
