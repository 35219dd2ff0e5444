/**
 * The loop of an agent over a model: ask the model, run what it calls, hand back, until it answers.
 *
 * It keeps nothing: state goes in, events come out, and the new state is the generator's return value. A turn
 * that throws leaves the caller's state as it was.
 */
import type { ActionGroup, AgentSpec, Operation } from './agent.ts';
import { CITATION_INSTRUCTION, resolveCitations } from './citations.ts';
import { BedrockError, dependencyFailed, invalid } from './errors.ts';
import type { AgentEvent } from './events.ts';
import * as events from './events.ts';
import type { ConverseRequest, ConverseResponse, JsonObject, ToolResultBlock } from './model.ts';
import { isToolUse, textOf } from './model.ts';
import { readModelAnswer } from './model-answer.ts';
import {
  type InvocationMode,
  invocationInput,
  matchResults,
  type OpenCall,
  operationKey,
  type Pending,
} from './return-control.ts';
import {
  guarded,
  type LoopLimits,
  type LoopPorts,
  type Run,
  type SessionState,
  type TurnInput,
  traceIdOf,
} from './run.ts';
import { knowledgeBaseTool, lambdaTool, toolResult } from './run-tool.ts';
import { inputProblem, type Tool, toolTable } from './tool-table.ts';

const MAX_UNREADABLE_ANSWERS = 3;

/**
 * Runs one turn. Yields the stream's events, returns the session's new state.
 * Throws BedrockError: validation (results that do not match), dependencyFailed (a function or the model
 * failed, timed out, or answered nothing usable), throttling, serviceQuotaExceeded (a limit of the loop).
 */
export async function* runAgentTurn(
  agent: AgentSpec,
  sessionId: string,
  state: SessionState,
  input: TurnInput,
  ports: LoopPorts,
  limits: LoopLimits,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, SessionState> {
  const { pending } = state;
  const resumed = input.kind === 'results';
  const run: Run = {
    agent,
    tools: toolTable(agent),
    ports,
    limits,
    sessionId,
    turnId: ports.newId(),
    signal: AbortSignal.any([signal, AbortSignal.timeout(limits.maxSeconds * 1_000)]),
    messages: [...state.messages],
    references: resumed ? [...state.references] : [],
    inputText: resumed ? (pending?.inputText ?? '') : input.text,
    sessionAttributes: state.sessionAttributes,
    promptSessionAttributes: state.promptSessionAttributes,
    modelCalls: resumed ? (pending?.modelCalls ?? 0) : 0,
    tokens: resumed ? (pending?.tokens ?? 0) : 0,
    correction: undefined,
  };
  if (input.kind === 'results') {
    if (pending === undefined)
      throw invalid('this session waits for no invocation results; it may have expired');
    run.messages.push({ role: 'user', content: yield* resume(run, pending, input) });
  } else {
    const refused = yield* guardInput(run);
    if (refused !== undefined) return endOfTurn(run, refused);
    run.messages.push({ role: 'user', content: [...abandoned(pending), { text: run.inputText }] });
  }
  return yield* loop(run);
}

async function* loop(run: Run): AsyncGenerator<AgentEvent, SessionState> {
  for (;;) {
    const answer = yield* askModel(run);
    const traceId = traceIdOf(run);
    run.messages.push(answer.message);
    const uses = answer.message.content.filter(isToolUse);
    const why = answer.rationale ?? (uses.length > 0 ? textOf(answer.message) : '');
    if (why !== '') yield events.rationale(traceId, why);
    if (uses.length === 0) {
      const final = yield* finish(run, textOf(answer.message));
      return endOfTurn(run, final, true);
    }
    const done: ToolResultBlock[] = [];
    const open: OpenCall[] = [];
    for (const { toolUse } of uses) {
      const tool = run.tools.get(toolUse.name);
      const problem = tool === undefined ? unknownTool(run, toolUse.name) : inputProblem(tool, toolUse.input);
      if (tool === undefined || problem !== undefined) {
        yield events.reprompt(traceId, 'PARSER', problem ?? '');
        done.push(toolResult(toolUse.toolUseId, 'error', problem ?? ''));
        continue;
      }
      if (tool.kind === 'ask-user') return yield* askUser(run, toolUse.toolUseId, toolUse.input, done, uses);
      const mode = modeOf(tool);
      if (mode !== undefined)
        open.push({ toolUseId: toolUse.toolUseId, tool: toolUse.name, input: toolUse.input, mode });
      else done.push(yield* runTool(run, tool, toolUse.toolUseId, toolUse.input));
    }
    if (open.length > 0) return yield* returnControl(run, traceId, open, done);
    run.messages.push({ role: 'user', content: done });
  }
}

/** Asks until the answer can be read; an answer that cannot counts as a model call. */
async function* askModel(run: Run): AsyncGenerator<AgentEvent, ConverseResponse> {
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

function unknownTool(run: Run, name: string): string {
  return `There is no tool ${name}. Tools: ${[...run.tools.keys()].join(', ') || 'none'}`;
}

/** How the caller takes part in a tool, or undefined where the agent runs it alone. */
function modeOf(tool: Tool): InvocationMode | undefined {
  if (tool.kind !== 'operation') return undefined;
  const confirm = tool.operation.requireConfirmation;
  if (tool.group.executor.kind === 'lambda') return confirm ? 'USER_CONFIRMATION' : undefined;
  return confirm ? 'USER_CONFIRMATION_AND_RESULT' : 'RESULT';
}

async function* runTool(
  run: Run,
  tool: Exclude<Tool, { kind: 'ask-user' }>,
  toolUseId: string,
  input: JsonObject,
): AsyncGenerator<AgentEvent, ToolResultBlock> {
  if (tool.kind === 'knowledge-base') {
    return yield* knowledgeBaseTool(run, tool.knowledgeBaseId, toolUseId, String(input.searchQuery));
  }
  return yield* lambdaTool(run, tool.group, tool.operation, toolUseId, input);
}

async function* returnControl(
  run: Run,
  traceId: string,
  open: readonly OpenCall[],
  done: readonly ToolResultBlock[],
): AsyncGenerator<AgentEvent, SessionState> {
  const invocationId = run.ports.newId();
  const inputs = [];
  for (const call of open) {
    const { group, operation } = operationOf(run, call.tool);
    yield events.actionInput(traceId, group.name, operation, call.input, {
      executionType: 'RETURN_CONTROL',
      invocationId,
    });
    inputs.push(invocationInput(run.agent.agentId, group.name, operation, call.input, call.mode));
  }
  yield { kind: 'returnControl', invocationId, invocationInputs: inputs };
  return {
    messages: run.messages,
    sessionAttributes: run.sessionAttributes,
    promptSessionAttributes: run.promptSessionAttributes,
    references: run.references,
    pending: {
      invocationId,
      inputText: run.inputText,
      open,
      done,
      modelCalls: run.modelCalls,
      tokens: run.tokens,
    },
  };
}

function operationOf(
  run: Run,
  name: string,
): { group: Extract<ActionGroup, { kind: 'operations' }>; operation: Operation } {
  const tool = run.tools.get(name);
  if (tool?.kind !== 'operation') throw invalid(`the agent no longer has the tool ${name}`);
  return tool;
}

/** Turns the caller's results into tool results, in the order in which the model called. */
async function* resume(
  run: Run,
  pending: Pending,
  input: Extract<TurnInput, { kind: 'results' }>,
): AsyncGenerator<AgentEvent, ToolResultBlock[]> {
  const keyOf = (name: string) => {
    const { group, operation } = operationOf(run, name);
    return { group: group.name, operation: operationKey(operation) };
  };
  const traceId = traceIdOf(run);
  const results = [...pending.done];
  for (const { call, result } of matchResults(pending, keyOf, input.invocationId, input.results)) {
    const { group, operation } = operationOf(run, call.tool);
    if (result.state === 'FAILURE') {
      throw dependencyFailed(
        `${keyOf(call.tool).operation} failed: ${result.text ?? 'no reason given'}`,
        group.name,
      );
    }
    if (result.confirmation === 'DENY') {
      const text = `The user denied this call.${result.text === undefined ? '' : ` ${result.text}`}`;
      yield events.actionOutput(traceId, text);
      results.push(toolResult(call.toolUseId, 'error', text));
    } else if (result.state === 'REPROMPT') {
      yield events.reprompt(traceId, 'ACTION_GROUP', result.text ?? '');
      results.push(toolResult(call.toolUseId, 'error', result.text ?? ''));
    } else if (call.mode === 'USER_CONFIRMATION') {
      results.push(yield* lambdaTool(run, group, operation, call.toolUseId, call.input));
    } else {
      yield events.actionOutput(traceId, result.text ?? '');
      results.push(toolResult(call.toolUseId, 'success', result.text ?? ''));
    }
  }
  return inOrderOfCalls(run, results);
}

function inOrderOfCalls(run: Run, results: readonly ToolResultBlock[]): ToolResultBlock[] {
  const order = (run.messages.at(-1)?.content ?? []).filter(isToolUse).map((use) => use.toolUse.toolUseId);
  return [...results].sort(
    (a, b) => order.indexOf(a.toolResult.toolUseId) - order.indexOf(b.toolResult.toolUseId),
  );
}

/** A new input while the caller has control: the calls it was given end without a result. */
function abandoned(pending: Pending | undefined): ToolResultBlock[] {
  if (pending === undefined) return [];
  const text = 'The caller sent a new input instead of a result.';
  return [...pending.done, ...pending.open.map((call) => toolResult(call.toolUseId, 'error', text))];
}

async function* askUser(
  run: Run,
  toolUseId: string,
  input: JsonObject,
  done: readonly ToolResultBlock[],
  uses: readonly { toolUse: { toolUseId: string } }[],
): AsyncGenerator<AgentEvent, SessionState> {
  const question = String(input.question);
  yield events.finalOutput(traceIdOf(run), 'ASK_USER', question);
  yield { kind: 'chunk', text: question, citations: [] };
  const answered = new Set(done.map((result) => result.toolResult.toolUseId));
  const others = uses.filter(
    ({ toolUse }) => !answered.has(toolUse.toolUseId) && toolUse.toolUseId !== toolUseId,
  );
  run.messages.push({
    role: 'user',
    content: [
      ...done,
      toolResult(toolUseId, 'success', 'The user was asked; the answer is the next input.'),
      ...others.map(({ toolUse }) =>
        toolResult(toolUse.toolUseId, 'error', 'Not run: the user was asked first.'),
      ),
    ],
  });
  return endOfTurn(run, question);
}

async function* guardInput(run: Run): AsyncGenerator<AgentEvent, string | undefined> {
  const result = run.ports.guard?.('INPUT', run.inputText);
  if (result === undefined) return undefined;
  yield events.guardrailTrace(`${run.turnId}-guardrail-input`, 'INPUT', result.action, result.assessments);
  if (!result.blocked) {
    run.inputText = result.text;
    return undefined;
  }
  yield { kind: 'chunk', text: result.text, citations: [] };
  run.messages.push({ role: 'user', content: [{ text: '[blocked by the guardrail]' }] });
  return result.text;
}

async function* finish(run: Run, marked: string): AsyncGenerator<AgentEvent, string> {
  const resolved = resolveCitations(marked, run.references);
  const guard = run.ports.guard?.('OUTPUT', resolved.text);
  if (guard !== undefined) {
    yield events.guardrailTrace(`${run.turnId}-guardrail-output`, 'OUTPUT', guard.action, guard.assessments);
  }
  const changed = guard !== undefined && guard.text !== resolved.text;
  const text = changed ? guard.text : resolved.text;
  yield events.finalOutput(traceIdOf(run), 'FINISH', text);
  yield { kind: 'chunk', text, citations: changed ? [] : resolved.citations };
  return text;
}

/** The session after an answer. The answer replaces the model's last message: markers and blocked text go. */
function endOfTurn(run: Run, text: string, replaceLast = false): SessionState {
  const kept = replaceLast ? run.messages.slice(0, -1) : run.messages;
  return {
    messages: [...kept, { role: 'assistant', content: [{ text }] }],
    sessionAttributes: run.sessionAttributes,
    promptSessionAttributes: {},
    references: [],
  };
}
