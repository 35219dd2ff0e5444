/** What one turn of an agent emits, in the shapes of the InvokeAgent response stream, and the trace bodies. */
import type { Operation } from './agent.ts';
import type { Citation, RetrievedReference } from './citations.ts';
import { operationFields } from './function-event.ts';
import type { ConverseRequest, ConverseResponse, InferenceConfig, JsonObject } from './model.ts';
import type { InvocationInput } from './return-control.ts';

/** A trace body: exactly one member of the Trace union. */
export type TraceBody = Readonly<Record<string, unknown>>;

export type AgentEvent =
  | { readonly kind: 'trace'; readonly trace: TraceBody }
  | { readonly kind: 'chunk'; readonly text: string; readonly citations: readonly Citation[] }
  | {
      readonly kind: 'returnControl';
      readonly invocationId: string;
      readonly invocationInputs: readonly InvocationInput[];
    };

const orchestration = (body: Record<string, unknown>): AgentEvent => ({
  kind: 'trace',
  trace: { orchestrationTrace: body },
});

export const modelInput = (traceId: string, modelId: string, request: ConverseRequest): AgentEvent =>
  orchestration({
    modelInvocationInput: {
      traceId,
      type: 'ORCHESTRATION',
      foundationModel: modelId,
      text: JSON.stringify({ system: request.system, messages: request.messages }),
      inferenceConfiguration: inference(request.inferenceConfig),
    },
  });

function inference(config: InferenceConfig): Record<string, unknown> {
  const { maxTokens, ...rest } = config;
  return { ...rest, ...(maxTokens === undefined ? {} : { maximumLength: maxTokens }) };
}

export function modelOutput(
  traceId: string,
  response: ConverseResponse,
  startedAt: number,
  endedAt: number,
): AgentEvent {
  const { inputTokens, outputTokens } = response.usage;
  return orchestration({
    modelInvocationOutput: {
      traceId,
      rawResponse: {
        content: JSON.stringify({
          modelId: response.modelId,
          stopReason: response.stopReason,
          message: response.message,
        }),
      },
      metadata: {
        clientRequestId: traceId,
        startTime: new Date(startedAt).toISOString(),
        endTime: new Date(endedAt).toISOString(),
        totalTimeMs: endedAt - startedAt,
        usage: { inputTokens, outputTokens },
      },
    },
  });
}

export const rationale = (traceId: string, text: string): AgentEvent =>
  orchestration({ rationale: { traceId, text } });

export function actionInput(
  traceId: string,
  group: string,
  operation: Operation,
  input: JsonObject,
  how:
    | { readonly executionType: 'LAMBDA' }
    | { readonly executionType: 'RETURN_CONTROL'; invocationId: string },
): AgentEvent {
  const { httpMethod, requestBody, ...fields } = operationFields(operation, input) as ReturnType<
    typeof operationFields
  > & { httpMethod?: string; requestBody?: { content: Record<string, { properties: unknown }> } };
  const body = requestBody?.content ?? {};
  return orchestration({
    invocationInput: {
      traceId,
      invocationType: 'ACTION_GROUP',
      actionGroupInvocationInput: {
        actionGroupName: group,
        ...fields,
        ...(httpMethod === undefined ? {} : { verb: httpMethod.toLowerCase() }),
        ...(requestBody === undefined
          ? {}
          : {
              requestBody: {
                content: Object.fromEntries(
                  Object.entries(body).map(([mime, part]) => [mime, part.properties]),
                ),
              },
            }),
        ...how,
      },
    },
  });
}

export const actionOutput = (traceId: string, text: string): AgentEvent =>
  orchestration({ observation: { traceId, type: 'ACTION_GROUP', actionGroupInvocationOutput: { text } } });

export const searchInput = (traceId: string, knowledgeBaseId: string, text: string): AgentEvent =>
  orchestration({
    invocationInput: {
      traceId,
      invocationType: 'KNOWLEDGE_BASE',
      knowledgeBaseLookupInput: { knowledgeBaseId, text },
    },
  });

export const searchOutput = (
  traceId: string,
  retrievedReferences: readonly RetrievedReference[],
): AgentEvent =>
  orchestration({
    observation: { traceId, type: 'KNOWLEDGE_BASE', knowledgeBaseLookupOutput: { retrievedReferences } },
  });

export const finalOutput = (traceId: string, type: 'FINISH' | 'ASK_USER', text: string): AgentEvent =>
  orchestration({ observation: { traceId, type, finalResponse: { text } } });

export const reprompt = (traceId: string, source: 'ACTION_GROUP' | 'PARSER', text: string): AgentEvent =>
  orchestration({ observation: { traceId, type: 'REPROMPT', repromptResponse: { text, source } } });

export const failure = (traceId: string, failureReason: string, failureCode: number): AgentEvent => ({
  kind: 'trace',
  trace: { failureTrace: { traceId, failureReason, failureCode } },
});

export const guardrailTrace = (
  traceId: string,
  source: 'INPUT' | 'OUTPUT',
  action: 'INTERVENED' | 'NONE',
  assessments: readonly unknown[],
): AgentEvent => ({
  kind: 'trace',
  trace: {
    guardrailTrace: {
      traceId,
      action,
      [source === 'INPUT' ? 'inputAssessments' : 'outputAssessments']: assessments,
    },
  },
});
