import { AGENTS } from '#agents/registry.ts';
import type { Json } from '#core/domain/hash.ts';

/** A call as the model made it, and as it was carried out, if it was. */
export interface AttemptedCall {
  /** Name of the tool without its action group. */
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What stands in the traces of a conversation. */
export interface TraceCalls {
  /** What the model asked for. */
  readonly attempted: readonly AttemptedCall[];
  /** What was carried out. */
  readonly performed: readonly AttemptedCall[];
  /** What the tools replied, word for word. */
  readonly replies: readonly string[];
  readonly modelCalls: number;
  readonly tokens: number;
}

// biome-ignore lint/suspicious/noExplicitAny: traces are looked into field by field
type Anything = any;

/** Reads the traces of a conversation, in Bedrock's form. */
export function callsIn(traces: readonly Json[]): TraceCalls {
  const attempted: AttemptedCall[] = [];
  const performed: AttemptedCall[] = [];
  const replies: string[] = [];
  let modelCalls = 0;
  let tokens = 0;
  for (const envelope of traces as readonly Anything[]) {
    const step = envelope?.trace?.orchestrationTrace ?? {};
    if (step.modelInvocationInput) modelCalls += 1;
    const usage = step.modelInvocationOutput?.metadata?.usage;
    tokens += (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    for (const { toolUse } of contentOf(step.modelInvocationOutput?.rawResponse?.content)) {
      if (toolUse)
        attempted.push({ tool: shortName(String(toolUse.name)), input: parametersOf(toolUse.input) });
    }
    const call = step.invocationInput?.actionGroupInvocationInput;
    if (call) {
      const parameters = (call.parameters ?? []).map(({ name, value }: Anything) => [name, value]);
      performed.push({ tool: String(call.function), input: Object.fromEntries(parameters) });
    }
    const reply = step.observation?.actionGroupInvocationOutput?.text;
    if (typeof reply === 'string') replies.push(reply);
  }
  return { attempted, performed, replies, modelCalls, tokens };
}

function contentOf(raw: unknown): readonly Anything[] {
  try {
    return JSON.parse(String(raw)).message?.content ?? [];
  } catch {
    return [];
  }
}

/** Parameters that are no object are none: such a call is sent back before it reaches a tool. */
const parametersOf = (input: unknown): AttemptedCall['input'] =>
  typeof input === 'object' && input !== null ? { ...input } : {};

const shortName = (name: string): string => name.slice(name.lastIndexOf('__') + 1).replace(/^_+/, '');

/** Calls for tools that the agent was not given, or with parameters that their schemas do not have. */
export function forbiddenAmong(agent: string, calls: readonly AttemptedCall[]): AttemptedCall[] {
  const definition = AGENTS.find(({ name }) => name === agent);
  if (definition === undefined) throw new Error(`There is no agent ${agent}`);
  const tools = new Map(
    definition.tools.map((tool) => [tool.name as string, new Set(Object.keys(tool.input.shape))]),
  );
  return calls.filter(({ tool, input }) => {
    const parameters = tools.get(tool);
    return parameters === undefined || Object.keys(input).some((name) => !parameters.has(name));
  });
}
