/** Frames of `application/vnd.amazon.eventstream`, as the runtime answers. */
import { EventStreamCodec } from '@smithy/eventstream-codec';
import type { BedrockError } from '../errors.ts';
import type { AgentEvent } from '../events.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

const header = (value: string) => ({ type: 'string' as const, value });

/** One event of the response stream, e.g. `chunk`. */
export function eventFrame(name: string, payload: unknown): Uint8Array {
  return codec.encode({
    headers: {
      ':message-type': header('event'),
      ':event-type': header(name),
      ':content-type': header('application/json'),
    },
    body: Buffer.from(JSON.stringify(payload)),
  });
}

/** A modelled exception as a frame of the stream, e.g. `throttlingException`. */
export function exceptionFrame(error: BedrockError): Uint8Array {
  return codec.encode({
    headers: {
      ':message-type': header('exception'),
      ':exception-type': header(error.code.charAt(0).toLowerCase() + error.code.slice(1)),
      ':content-type': header('application/json'),
    },
    body: Buffer.from(JSON.stringify({ message: error.message, ...error.extra })),
  });
}

/** What every trace event says about where it comes from. */
export interface TraceSource {
  readonly agentId?: string;
  readonly agentAliasId?: string;
  readonly agentVersion?: string;
  readonly callerChain: readonly { readonly agentAliasArn: string }[];
}

/** How one event of a turn stands in the stream. Of a streamed answer the citations come with the last piece. */
export function frames(
  event: AgentEvent,
  source: TraceSource & { readonly sessionId: string },
  now: () => number,
  streamed: boolean,
): readonly Uint8Array[] {
  switch (event.kind) {
    case 'trace':
      return [
        eventFrame('trace', { ...source, eventTime: new Date(now()).toISOString(), trace: event.trace }),
      ];
    case 'returnControl':
      return [
        eventFrame('returnControl', {
          invocationId: event.invocationId,
          invocationInputs: event.invocationInputs,
        }),
      ];
    case 'chunk': {
      const pieces = streamed ? (event.text.match(/.{1,80}(?:\s|$)|\S{1,80}|\s+/gsu) ?? ['']) : [event.text];
      return pieces.map((piece, index) => {
        const cited = index === pieces.length - 1 && event.citations.length > 0;
        return eventFrame('chunk', {
          bytes: Buffer.from(piece).toString('base64'),
          ...(cited ? { attribution: { citations: event.citations } } : {}),
        });
      });
    }
  }
}
