/**
 * The loop of an agent over a model: ask the model, run what it calls, hand back, until it answers.
 *
 * It keeps nothing: state goes in, events come out, and the new state is the generator's return value. A turn
 * that throws leaves the caller's state as it was.
 */
import type { AgentSpec } from './agent.ts';
import { askModel } from './ask-model.ts';
import { resolveCitations } from './citations.ts';
import { invalid } from './errors.ts';
import type { AgentEvent } from './events.ts';
import * as events from './events.ts';
import type { JsonObject, ToolResultBlock } from './model.ts';
import { isToolUse, textOf } from './model.ts';
import { abandoned, operationOf, resume } from './resume.ts';
import { type InvocationMode, invocationInput, type OpenCall } from './return-control.ts';
import {
  type LoopLimits,
  type LoopPorts,
  type Run,
  type SessionState,
  type TurnInput,
  traceIdOf,
} from './run.ts';
import { knowledgeBaseTool, lambdaTool, toolResult } from './run-tool.ts';
import { inputProblem, type Tool, toolTable } from './tool-table.ts';

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
    if (answer.stopReason === 'guardrail_intervened') {
      yield events.guardrailTrace(`${traceId}-guardrail-model`, 'OUTPUT', 'INTERVENED', []);
    }
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
