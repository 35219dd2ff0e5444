import { type BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import type { ChatModel, ChatQuestion } from '#core/ports/chat-model.ts';

/** Bedrock's Converse, without tools: takes base models, custom models on demand and inference profiles alike. */
export class ConverseChat implements ChatModel {
  readonly #client: BedrockRuntimeClient;

  constructor(client: BedrockRuntimeClient) {
    this.#client = client;
  }

  async answer({ modelId, system, user, signal }: ChatQuestion): Promise<string> {
    const reply = await this.#client.send(
      new ConverseCommand({
        modelId,
        system: [{ text: system }],
        messages: [{ role: 'user', content: [{ text: user }] }],
        inferenceConfig: { temperature: 0, maxTokens: 4_096 },
      }),
      { abortSignal: signal },
    );
    return reply.output?.message?.content?.map((block) => block.text ?? '').join('') ?? '';
  }
}
