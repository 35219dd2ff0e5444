/** An agent as the loop runs it: one version, resolved, with only its enabled action groups. */
import type { InferenceConfig } from './model.ts';

export const PARAMETER_TYPES = ['string', 'number', 'integer', 'boolean', 'array'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface Parameter {
  readonly description?: string;
  readonly type: ParameterType;
  readonly required: boolean;
}

/** An operation of a function schema. */
export interface FunctionOperation {
  readonly kind: 'function';
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly requireConfirmation: boolean;
}

/** An operation of an OpenAPI schema. `body` holds the properties of the request body, by name. */
export interface ApiOperation {
  readonly kind: 'api';
  readonly operationId: string;
  readonly path: string;
  readonly method: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly body?: { readonly mime: string; readonly properties: Readonly<Record<string, Parameter>> };
  readonly requireConfirmation: boolean;
}

export type Operation = FunctionOperation | ApiOperation;

export type Executor =
  | { readonly kind: 'lambda'; readonly arn: string }
  | { readonly kind: 'return-control' };

export type ActionGroup =
  | {
      readonly kind: 'operations';
      readonly name: string;
      readonly executor: Executor;
      readonly operations: readonly Operation[];
    }
  | { readonly kind: 'ask-user'; readonly name: string };

export interface AgentSpec {
  readonly agentId: string;
  readonly agentArn: string;
  readonly agentName: string;
  readonly agentAliasId: string;
  readonly agentVersion: string;
  readonly foundationModel: string;
  readonly instruction: string;
  readonly inference: InferenceConfig;
  readonly actionGroups: readonly ActionGroup[];
  readonly knowledgeBases: readonly { readonly knowledgeBaseId: string; readonly description: string }[];
  readonly guardrail?: { readonly identifier: string; readonly version: string };
}
