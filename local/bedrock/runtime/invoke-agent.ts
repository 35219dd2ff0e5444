/** InvokeAgent: reads the request, runs one turn in its session, answers as an event stream. */
import type { WireRequest, WireResponse } from '../../wire/router.ts';
import { runAgentTurn } from '../agent-loop.ts';
import { BedrockError, invalid } from '../errors.ts';
import type { AgentEvent } from '../events.ts';
import {
  type Fields,
  ID,
  isFields,
  optionalFields,
  optionalList,
  optionalText,
  optionalTextMap,
  refuse,
  text,
} from '../fields.ts';
import type { Message } from '../model.ts';
import { readResults } from '../return-control.ts';
import type { SessionState, TurnInput } from '../run.ts';
import { eventFrame, exceptionFrame, frames } from './event-stream.ts';
import type { ResolvedAgent } from './resolve-agent.ts';
import { readSearch, type SearchSettings } from './retrieve.ts';
import type { Runtime } from './runtime.ts';

export const SESSION_ID = { pattern: /[0-9a-zA-Z._:-]{2,100}/ } as const;
const MAX_INPUT = 25_000_000;

/** What a caller may say about a turn, of a stored agent (`sessionState`) or an inline one (`inlineSessionState`). */
export interface TurnRequest {
  readonly input: TurnInput;
  readonly endSession: boolean;
  readonly enableTrace: boolean;
  readonly streamed: boolean;
  readonly sessionAttributes: Record<string, string> | undefined;
  readonly promptSessionAttributes: Record<string, string> | undefined;
  readonly history: readonly Message[] | undefined;
  /** How knowledge bases are searched in this turn, by id. */
  readonly searches: ReadonlyMap<string, SearchSettings>;
}

/** Throws ValidationException for what is malformed, missing, or not supported. */
export function readTurn(body: Fields, stateField: 'sessionState' | 'inlineSessionState'): TurnRequest {
  refuse(body, 'request', {
    memoryId: 'nothing is kept beyond a session',
    promptCreationConfigurations: 'every turn of the session is included',
    bedrockModelConfigurations: 'models have no latency setting',
  });
  const state = optionalFields(body, stateField) ?? {};
  refuse(state, stateField, { files: 'no code is executed' });
  const results = optionalList(state, 'returnControlInvocationResults');
  const inputText = optionalText(body, 'inputText', { max: MAX_INPUT });
  const endSession = body.endSession === true;
  if (results === undefined && !endSession && (inputText === undefined || inputText === '')) {
    throw invalid('inputText must be given unless returnControlInvocationResults are');
  }
  return {
    input:
      results === undefined
        ? { kind: 'text', text: inputText ?? '' }
        : {
            kind: 'results',
            invocationId: optionalText(state, 'invocationId'),
            results: readResults(results),
          },
    endSession,
    enableTrace: body.enableTrace === true,
    streamed: optionalFields(body, 'streamingConfigurations')?.streamFinalResponse === true,
    sessionAttributes: optionalTextMap(state, 'sessionAttributes'),
    promptSessionAttributes: optionalTextMap(state, 'promptSessionAttributes'),
    history: readHistory(optionalFields(state, 'conversationHistory')),
    searches: readSearches(optionalList(state, 'knowledgeBaseConfigurations')),
  };
}

function readSearches(list: readonly unknown[] | undefined): ReadonlyMap<string, SearchSettings> {
  return new Map(
    (list ?? []).map((item) => {
      if (!isFields(item)) throw invalid('knowledgeBaseConfigurations must hold objects');
      return [text(item, 'knowledgeBaseId', ID), readSearch(optionalFields(item, 'retrievalConfiguration'))];
    }),
  );
}

function readHistory(history: Fields | undefined): readonly Message[] | undefined {
  if (history === undefined) return undefined;
  return (optionalList(history, 'messages') ?? []).map((message) => {
    const content = isFields(message) ? optionalList(message, 'content') : undefined;
    const role = isFields(message) ? message.role : undefined;
    if ((role !== 'user' && role !== 'assistant') || content === undefined) {
      throw invalid('conversationHistory.messages must hold messages with role and content');
    }
    return {
      role,
      content: content.map((block) => {
        if (!isFields(block) || typeof block.text !== 'string') throw invalid('a message may hold text only');
        return { text: block.text };
      }),
    };
  });
}

const ENDED = "Session is terminated as 'endSession' flag is set in request.";

/**
 * Runs one turn and streams it. Errors before the first event answer as an HTTP error; later ones are a frame.
 */
export async function streamTurn(
  runtime: Runtime,
  agent: ResolvedAgent,
  sessionId: string,
  turn: TurnRequest,
  req: WireRequest,
  res: WireResponse,
): Promise<void> {
  const { owner, idleSeconds } = agent;
  using _held = runtime.sessions.hold(owner, sessionId);
  const ports = runtime.portsFor(agent.spec, turn.searches);
  const headers = {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-bedrock-agent-content-type': 'application/json',
    'x-amz-bedrock-agent-session-id': sessionId,
  };
  if (turn.endSession) {
    runtime.sessions.end(owner, sessionId);
    const stream = res.stream(200, headers);
    await stream.write(eventFrame('chunk', { bytes: Buffer.from(ENDED).toString('base64') }));
    return stream.end();
  }
  const before = withRequest(runtime.sessions.load(owner, sessionId), turn);
  const events = runAgentTurn(agent.spec, sessionId, before, turn.input, ports, runtime.limits, req.signal);
  // The first step runs before the head is sent, so that a request that cannot run is answered as an HTTP error.
  let step = await events.next();
  const stream = res.stream(200, headers);
  const source = { sessionId, ...agent.traceSource };
  const write = async (event: AgentEvent) => {
    if (event.kind === 'trace' && !turn.enableTrace) return;
    for (const frame of frames(event, source, runtime.now, turn.streamed)) await stream.write(frame);
  };
  try {
    let held: AgentEvent | undefined;
    while (step.done !== true) {
      // The answer is held back until the session is saved: a caller that saw it can go on from it.
      if (step.value.kind === 'trace') await write(step.value);
      else held = step.value;
      step = await events.next();
    }
    runtime.sessions.save(owner, sessionId, step.value, idleSeconds);
    if (held !== undefined) await write(held);
  } catch (error) {
    if (req.signal.aborted) return;
    await stream.write(exceptionFrame(asBedrockError(error)));
  } finally {
    await events.return(before);
    stream.end();
  }
}

function asBedrockError(error: unknown): BedrockError {
  if (error instanceof BedrockError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BedrockError('InternalServerException', message, undefined, error);
}

/** Attributes and history that come with a request replace those of the session. */
function withRequest(state: SessionState, turn: TurnRequest): SessionState {
  return {
    ...state,
    messages: turn.history !== undefined && state.messages.length === 0 ? turn.history : state.messages,
    sessionAttributes: turn.sessionAttributes ?? state.sessionAttributes,
    promptSessionAttributes: turn.promptSessionAttributes ?? state.promptSessionAttributes,
  };
}
