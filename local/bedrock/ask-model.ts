/** One answer of the model: asked under the limits of the turn, checked, and asked for again where it is nonsense. */
import { CITATION_INSTRUCTION } from './citations.ts';
import { BedrockError, dependencyFailed } from './errors.ts';
import type { AgentEvent } from './events.ts';
import * as events from './events.ts';
import type { ConverseRequest, ConverseResponse } from './model.ts';
import { readModelAnswer } from './model-answer.ts';
import { guarded, type Run, traceIdOf } from './run.ts';

const MAX_UNREADABLE_ANSWERS = 3;

/** Asks until the answer can be read; an answer that cannot counts as a model call. */
export async function* askModel(run: Run): AsyncGenerator<AgentEvent, ConverseResponse> {
  const { model, now } = run.ports;
  for (let unreadable = 1; ; unreadable += 1) {
    yield* checkLimits(run);
    run.modelCalls += 1;
    const traceId = traceIdOf(run);
    const request = requestOf(run);
    yield events.modelInput(traceId, model.id, request);
    const startedAt = now();
    const raw = await guarded(run, `Model ${model.id}`, model.id, () =>
      model.converse(request, {
        sessionId: run.sessionId,
        agentId: run.agent.agentId,
        signal: run.signal,
        sessionAttributes: run.sessionAttributes,
      }),
    );
    const answer = readModelAnswer(raw);
    if (answer.ok) {
      run.tokens += answer.response.usage.inputTokens + answer.response.usage.outputTokens;
      run.correction = undefined;
      yield events.modelOutput(traceId, answer.response, startedAt, now());
      return answer.response;
    }
    yield events.failure(traceId, `The model output format is incorrect: ${answer.problem}`, 424);
    if (unreadable >= MAX_UNREADABLE_ANSWERS || answer.final) {
      throw dependencyFailed(
        `The model output format is incorrect: ${answer.problem}. Rephrase your input and try again.`,
        model.id,
      );
    }
    run.correction = `Your last answer could not be used: ${answer.problem}. Answer again.`;
    yield events.reprompt(traceId, 'PARSER', run.correction);
  }
}

async function* checkLimits(run: Run): AsyncGenerator<AgentEvent, void> {
  const { maxModelCalls, maxTokens } = run.limits;
  const reason =
    run.modelCalls >= maxModelCalls
      ? `Max iterations exceeded: the agent made ${run.modelCalls} model calls for one input`
      : run.tokens >= maxTokens
        ? `Max tokens exceeded: the agent used ${run.tokens} of ${maxTokens} tokens for one input`
        : undefined;
  if (reason === undefined) return;
  yield events.failure(traceIdOf(run), reason, 400);
  throw new BedrockError('ServiceQuotaExceededException', reason);
}

function requestOf(run: Run): ConverseRequest {
  const turnFacts = Object.entries(run.promptSessionAttributes).map(([key, value]) => `${key}: ${value}`);
  const system = [
    run.agent.instruction,
    ...(run.agent.knowledgeBases.length > 0 ? [CITATION_INSTRUCTION] : []),
    ...(turnFacts.length > 0 ? [`Attributes of this turn:\n${turnFacts.join('\n')}`] : []),
  ].join('\n\n');
  const messages = [...run.messages];
  const last = messages.at(-1);
  if (run.correction !== undefined && last !== undefined) {
    messages[messages.length - 1] = { ...last, content: [...last.content, { text: run.correction }] };
  }
  return {
    system,
    messages,
    tools: [...run.tools.values()].map((tool) => tool.spec),
    inferenceConfig: run.agent.inference,
  };
}
