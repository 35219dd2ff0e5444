import type { InlineAgentResponseStream, ResponseStream } from '@aws-sdk/client-bedrock-agent-runtime';
import type { Json } from '#core/domain/hash.ts';
import {
  AGENT_EXCEPTIONS,
  AgentException,
  type AgentExceptionName,
  type AgentStreamEvent,
} from '#core/ports/agent-runtime.ts';

/**
 * The events of InvokeAgent and InvokeInlineAgent as those of the port. Throws AgentException: a stream that breaks
 * off or cannot be read is a BadGatewayException, never an answer. Throws the signal's reason when it is aborted.
 */
export async function* readStream(
  stream: AsyncIterable<ResponseStream | InlineAgentResponseStream> | undefined,
  signal: AbortSignal,
): AsyncGenerator<AgentStreamEvent> {
  const decoder = new TextDecoder();
  let answered = false;
  try {
    for await (const event of stream ?? []) {
      signal.throwIfAborted();
      const read = readEvent(event, decoder);
      answered ||= read !== undefined && read.kind !== 'trace';
      if (read !== undefined) yield read;
    }
    // A request that is aborted, and a connection that closes between two frames, only end the stream.
    signal.throwIfAborted();
  } catch (error) {
    throw asAgentException(error, signal);
  }
  if (!answered) throw new AgentException('BadGatewayException', 'The event stream ended without an answer');
}

function readEvent(
  event: ResponseStream | InlineAgentResponseStream,
  decoder: InstanceType<typeof TextDecoder>,
): AgentStreamEvent | undefined {
  if (event.chunk?.bytes !== undefined) {
    const citations = event.chunk.attribution?.citations;
    return {
      kind: 'text',
      text: decoder.decode(event.chunk.bytes, { stream: true }),
      ...(citations === undefined ? {} : { citations: asJson(citations) as Json[] }),
    };
  }
  if (event.trace !== undefined) return { kind: 'trace', trace: asJson(event.trace) };
  if (event.returnControl !== undefined) {
    const { invocationId = '', invocationInputs = [] } = event.returnControl;
    return { kind: 'return-control', invocationId, invocationInputs: asJson(invocationInputs) as Json[] };
  }
  const files = event.files?.files;
  if (files === undefined) return undefined;
  return {
    kind: 'files',
    files: files.map(({ name = '', type = '', bytes = new Uint8Array() }) => ({ name, type, bytes })),
  };
}

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** What the SDK threw as an exception of the port; an abort as the signal's reason. */
export function asAgentException(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof AgentException || !(error instanceof Error)) return error;
  const { resourceName } = error as { resourceName?: unknown };
  const resource = typeof resourceName === 'string' ? resourceName : undefined;
  const name = exceptionName(error);
  if (name !== undefined) return new AgentException(name, error.message, resource, { cause: error });
  return new AgentException('BadGatewayException', `${error.name}: ${error.message}`, resource, {
    cause: error,
  });
}

/** Exceptions without a model of their own (an expired token, an unknown access key) have other names in AWS. */
function exceptionName(error: Error): AgentExceptionName | undefined {
  const known = AGENT_EXCEPTIONS.find((name) => name.toLowerCase() === error.name.toLowerCase());
  if (known !== undefined) return known;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === 401 || status === 403 || error.name === 'CredentialsProviderError')
    return 'AccessDeniedException';
  return status === 429 ? 'ThrottlingException' : undefined;
}
