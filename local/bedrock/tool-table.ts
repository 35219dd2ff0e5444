/** The tools of an agent: their names, their schemas for the model, and the check of what a model passes. */
import type { ActionGroup, AgentSpec, Operation, Parameter, ParameterType } from './agent.ts';
import type { JsonObject, JsonValue, ToolSpec } from './model.ts';

type OperationsGroup = Extract<ActionGroup, { kind: 'operations' }>;

export type Tool =
  | {
      readonly kind: 'operation';
      readonly spec: ToolSpec;
      readonly group: OperationsGroup;
      readonly operation: Operation;
    }
  | { readonly kind: 'knowledge-base'; readonly spec: ToolSpec; readonly knowledgeBaseId: string }
  | { readonly kind: 'ask-user'; readonly spec: ToolSpec };

/** Name, type and value of one argument. Bedrock hands every value on as a string. */
export interface Argument {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: string;
}

export const toolName = (group: string, operation: Operation): string =>
  operation.kind === 'function'
    ? `${group}__${operation.name}`
    : `${operation.method}__${group}__${operation.operationId}`;

/** The tools by name, in the order of the action groups, knowledge bases last. */
export function toolTable(agent: AgentSpec): ReadonlyMap<string, Tool> {
  const tools = agent.actionGroups.flatMap((group): Tool[] =>
    group.kind === 'ask-user'
      ? [ASK_USER]
      : group.operations.map((operation) => operationTool(group, operation)),
  );
  const searches = agent.knowledgeBases.map((base) => searchTool(base.knowledgeBaseId, base.description));
  return new Map([...tools, ...searches].map((tool) => [tool.spec.name, tool]));
}

const ASK_USER: Tool = {
  kind: 'ask-user',
  spec: {
    name: 'user__askuser',
    description: 'Asks the user for information that no other tool gives and that is needed to go on.',
    inputSchema: {
      type: 'object',
      properties: { question: { type: 'string', description: 'The question to the user' } },
      required: ['question'],
    },
  },
};

function searchTool(knowledgeBaseId: string, description: string): Tool {
  return {
    kind: 'knowledge-base',
    knowledgeBaseId,
    spec: {
      name: `GET__x_amz_knowledgebase_${knowledgeBaseId}__Search`,
      description,
      inputSchema: {
        type: 'object',
        properties: { searchQuery: { type: 'string', description: 'What to search for' } },
        required: ['searchQuery'],
      },
    },
  };
}

function operationTool(group: OperationsGroup, operation: Operation): Tool {
  const all = parametersOf(operation);
  return {
    kind: 'operation',
    group,
    operation,
    spec: {
      name: toolName(group.name, operation),
      description: operation.description,
      inputSchema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(all).map(([name, parameter]) => [name, propertySchema(parameter)]),
        ),
        required: Object.keys(all).filter((name) => all[name]?.required === true),
      },
    },
  };
}

const propertySchema = (parameter: Parameter): JsonObject => ({
  type: parameter.type,
  ...(parameter.type === 'array' ? { items: {} } : {}),
  ...(parameter.description === undefined ? {} : { description: parameter.description }),
});

/** Parameters and body properties of an operation: to a model they are one flat object. */
export function parametersOf(operation: Operation): Readonly<Record<string, Parameter>> {
  return operation.kind === 'function'
    ? operation.parameters
    : { ...operation.parameters, ...operation.body?.properties };
}

/** Says what is wrong with a model's input to a tool, in words the model can act on, or undefined. */
export function inputProblem(tool: Tool, input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return `the input of ${tool.spec.name} must be a JSON object`;
  }
  const values = input as Record<string, unknown>;
  const parameters = knownParameters(tool);
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = values[name];
    if (value === undefined || value === null) {
      if (parameter.required) return `parameter ${name} of ${tool.spec.name} is required`;
    } else if (!fits(parameter.type, value)) {
      return `parameter ${name} of ${tool.spec.name} must be of type ${parameter.type}`;
    }
  }
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(parameters, name));
  if (unknown.length > 0) {
    const names = Object.keys(parameters).join(', ') || 'none';
    return `${tool.spec.name} has no parameter ${unknown.join(', ')}; its parameters: ${names}`;
  }
  return undefined;
}

function knownParameters(tool: Tool): Readonly<Record<string, Parameter>> {
  switch (tool.kind) {
    case 'operation':
      return parametersOf(tool.operation);
    case 'knowledge-base':
      return { searchQuery: { type: 'string', required: true } };
    case 'ask-user':
      return { question: { type: 'string', required: true } };
  }
}

const FITS: Record<ParameterType, (value: unknown) => boolean> = {
  string: (value) => ['string', 'number', 'boolean'].includes(typeof value),
  number: (value) =>
    typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)),
  integer: (value) => Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value)),
  boolean: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
  array: (value) => Array.isArray(value),
};
const fits = (type: ParameterType, value: unknown): boolean => FITS[type](value);

/** The arguments as Bedrock sends them: strings, arrays as JSON text, in the order of the schema. */
export function toArguments(
  parameters: Readonly<Record<string, Parameter>>,
  input: JsonObject,
): readonly Argument[] {
  return Object.entries(parameters).flatMap(([name, { type }]) => {
    const value = input[name];
    return value === undefined || value === null ? [] : [{ name, type, value: asText(value) }];
  });
}

const asText = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
