/** What a client sees of an agent's answer that breaks off: an error, never a part taken for the whole. */
import { BedrockAgentRuntimeClient, InvokeAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import { eventFrame } from '#local/bedrock/runtime/event-stream.ts';
import { listen } from '#local/wire/server.ts';
import { collect } from './bedrock-harness.ts';

const chunk = (text: string) => eventFrame('chunk', { bytes: Buffer.from(text).toString('base64') });

/** A server that answers InvokeAgent with these bytes and then ends the stream. */
async function answering(bytes: readonly Uint8Array[]) {
  const server = await listen(0, [
    {
      name: 'broken',
      match: () => true,
      handle: async (_req, res) => {
        const stream = res.stream(200, { 'content-type': 'application/vnd.amazon.eventstream' });
        for (const part of bytes) await stream.write(part);
        stream.end();
      },
    },
  ]);
  const client = new BedrockAgentRuntimeClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    invoke: async () => {
      const input = { agentId: 'AAAAAAAAAA', agentAliasId: 'TSTALIASID', sessionId: 's-1', inputText: 'x' };
      return collect((await client.send(new InvokeAgentCommand(input))).completion);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.close();
    },
  };
}

const whole = chunk('Billed 12.30.');
const damaged = Uint8Array.from(whole, (byte, index) => (index === whole.length - 6 ? byte ^ 1 : byte));

test('the frames as they are arrive', async () => {
  await using server = await answering([chunk('Billed '), chunk('12.30.')]);
  expect((await server.invoke()).text).toBe('Billed 12.30.');
});

test.each<[string, readonly Uint8Array[]]>([
  ['a frame that breaks off', [whole.subarray(0, whole.length - 10)]],
  ['a frame that breaks off after a whole one', [whole, whole.subarray(0, 20)]],
  ['a frame with a wrong check sum', [damaged]],
])('%s is an error', async (_name, bytes) => {
  await using server = await answering(bytes);
  await expect(server.invoke()).rejects.toThrow();
});
