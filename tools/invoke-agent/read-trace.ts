import { z } from 'zod';
import { evidenceFrom } from '#core/agent-tool/evidence.ts';
import type { Evidence } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { AgentUsage } from './schema.ts';

const text = z.string().nullish();

/** The parts of Bedrock's trace that are read. Everything else is kept in the file and looked at by nobody here. */
const traceSchema = z.object({
  /** Backend and model, where the runtime says so. */
  answeredBy: text,
  trace: z.object({
    orchestrationTrace: z
      .object({
        modelInvocationInput: z.object({ foundationModel: text }).nullish(),
        modelInvocationOutput: z
          .object({
            metadata: z
              .object({
                usage: z
                  .object({ inputTokens: z.number().nullish(), outputTokens: z.number().nullish() })
                  .nullish(),
              })
              .nullish(),
          })
          .nullish(),
        invocationInput: z
          .object({
            actionGroupInvocationInput: z
              .object({
                actionGroupName: text,
                function: text,
                parameters: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish(),
              })
              .nullish(),
          })
          .nullish(),
        observation: z
          .object({ type: text, actionGroupInvocationOutput: z.object({ text }).nullish() })
          .nullish(),
      })
      .nullish(),
  }),
});

/** What has been seen of a conversation so far. */
export interface TraceReading {
  readonly usage: AgentUsage;
  readonly model: string | undefined;
  readonly evidence: readonly Evidence[];
  /** The tool call whose reply has not come yet. */
  readonly openCall: { readonly tool: string; readonly input: Json } | undefined;
}

export const NOTHING_READ: TraceReading = {
  usage: { inputTokens: 0, outputTokens: 0, modelCalls: 0, toolCalls: 0 },
  model: undefined,
  evidence: [],
  openCall: undefined,
};

/**
 * Adds one trace to what is known. A reply becomes evidence when its id is the hash of its content; replies without
 * one (errors, drafts) do not. The same reply twice is one evidence.
 */
export function readTrace(known: TraceReading, trace: Json, caseId: string): TraceReading {
  const parsed = traceSchema.safeParse(trace);
  const step = parsed.success ? parsed.data.trace.orchestrationTrace : undefined;
  if (step === undefined || step === null) return known;
  const { usage } = known;
  if (step.modelInvocationInput) {
    const model = parsed.data?.answeredBy ?? step.modelInvocationInput.foundationModel ?? known.model;
    return { ...known, model, usage: { ...usage, modelCalls: usage.modelCalls + 1 } };
  }
  if (step.modelInvocationOutput) {
    const tokens = step.modelInvocationOutput.metadata?.usage;
    return {
      ...known,
      usage: {
        ...usage,
        inputTokens: usage.inputTokens + (tokens?.inputTokens ?? 0),
        outputTokens: usage.outputTokens + (tokens?.outputTokens ?? 0),
      },
    };
  }
  const call = step.invocationInput?.actionGroupInvocationInput;
  if (call) {
    const input = Object.fromEntries((call.parameters ?? []).map(({ name, value }) => [name, value ?? '']));
    return {
      ...known,
      openCall: { tool: call.actionGroupName ?? call.function ?? '', input },
      usage: { ...usage, toolCalls: usage.toolCalls + 1 },
    };
  }
  const reply = step.observation?.actionGroupInvocationOutput?.text;
  if (typeof reply !== 'string' || known.openCall === undefined) return known;
  const evidence = evidenceFrom(reply, { caseId, ...known.openCall });
  const isNew =
    evidence !== undefined && !known.evidence.some(({ evidenceId }) => evidenceId === evidence.evidenceId);
  return { ...known, openCall: undefined, evidence: isNew ? [...known.evidence, evidence] : known.evidence };
}

/**
 * A trace as it is kept. The full conversation stands in the first model input; the later ones repeat it with the
 * steps since, which stand in the trace themselves, so of those only the length is kept.
 */
export function keptTrace(trace: Json, first: boolean): Json {
  if (first) return trace;
  const copy = structuredClone(trace) as {
    trace?: { orchestrationTrace?: { modelInvocationInput?: { text?: unknown } } };
  };
  const input = copy.trace?.orchestrationTrace?.modelInvocationInput;
  if (typeof input?.text === 'string') input.text = `(${input.text.length} characters, see the steps before)`;
  return copy as Json;
}
