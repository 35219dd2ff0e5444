import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { BedrockAgentRuntimeClient } from '@aws-sdk/client-bedrock-agent-runtime';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { type InlineAgent, InlineAgentRuntime } from '#adapters/bedrock/inline-agent-runtime.ts';
import { type KnowledgeSearch, knowledgeSearch } from '#adapters/bedrock/knowledge-search.ts';
import { actionGroupsOf } from '#adapters/model/action-groups.ts';
import { bedrockModel } from '#adapters/model/converse.ts';
import { type LoopAgent, LoopAgentRuntime } from '#adapters/model/loop-agent-runtime.ts';
import { MeteredRuntime } from '#adapters/model/metered-runtime.ts';
import { type RetryOptions, retryingModel } from '#adapters/model/retrying-model.ts';
import { type AgentDefinition, actionGroupRequests } from '#agents/definition.ts';
import { inlineAgentRequest } from '#agents/forms.ts';
import { hashOf } from '#core/domain/hash.ts';
import {
  AgentException,
  type AgentQuestion,
  type AgentRuntime,
  type AgentStreamEvent,
} from '#core/ports/agent-runtime.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import { openAiModel } from '#local/bedrock/openai-model.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import {
  type AgentChoice,
  type AgentSettings,
  choicesFor,
  type Environment,
  modelKey,
  type OfAccount,
  priceOf,
} from './agent-settings.ts';
import { functionArn } from './machines.ts';

/** What backends need from the host. */
export interface BackendPorts {
  /** The embedded cloud's agents, which playbooks answer. */
  readonly embedded: AgentRuntime;
  /** Runs a tool's function. */
  readonly invokeFunction: (arn: string, event: unknown) => Promise<unknown>;
  /** Searches the knowledge bases of the embedded cloud by their names. */
  readonly search?: KnowledgeSearch;
  readonly env: Environment;
  readonly now: () => number;
  /** How single calls of a model are repeated; tests shorten the pauses. */
  readonly retry?: Partial<RetryOptions>;
}

/** Four calls over some ten seconds: enough for a limit per second or a server that restarts. */
const RETRY: RetryOptions = {
  attempts: 4,
  firstPauseMs: 1_000,
  longestPauseMs: 10_000,
  wait: (milliseconds, signal) => pause(milliseconds, undefined, { signal }),
  random: Math.random,
};

/** Each agent with the backend that answers it. Asked through one runtime, whatever the backends are. */
export class AgentBackends implements AgentRuntime {
  readonly #definitions: readonly AgentDefinition[];
  readonly #settings: AgentSettings;
  readonly #choices: ReadonlyMap<string, AgentChoice>;
  readonly #ports: BackendPorts;
  readonly #routes = new Map<string, AgentRuntime>();
  readonly #clients: { destroy(): void }[] = [];

  /** Throws UsageError when the settings name an unknown agent or lack what a chosen backend needs. */
  constructor(settings: AgentSettings, definitions: readonly AgentDefinition[], ports: BackendPorts) {
    this.#definitions = definitions;
    this.#settings = settings;
    this.#ports = ports;
    this.#choices = choicesFor(
      settings,
      definitions.map(({ name }) => name),
    );
    for (const choice of this.#choices.values()) {
      if (choice.backend === 'openai-compatible') modelKey(choice.keyEnv, ports.env);
    }
  }

  /** Where the agents are reached, given where the embedded cloud has them. */
  place(registered: ReadonlyMap<string, AgentHandle>): Map<string, AgentHandle> {
    return new Map(
      [...registered].map(([name, handle]) => {
        const definition = this.#definitions.find((candidate) => candidate.name === name);
        const choice = this.#choices.get(name);
        if (definition === undefined || choice === undefined)
          throw new TypeError(`Agent ${name} was registered but is not defined`);
        const placed = placeOf(handle, choice, name);
        const { costUsd } = definition.limits;
        this.#routes.set(
          routeOf(placed),
          new MeteredRuntime(this.#runtimeFor(definition, choice), {
            backend: choice.backend,
            model: 'model' in choice ? choice.model : definition.name,
            priceOf: (model) => priceOf(this.#settings, model),
            ...(costUsd === undefined ? {} : { limitUsd: costUsd }),
          }),
        );
        return [name, placed];
      }),
    );
  }

  ask(question: AgentQuestion): AsyncIterable<AgentStreamEvent> {
    const route = this.#routes.get(routeOf(question));
    if (route !== undefined) return route.ask(question);
    throw new AgentException('ResourceNotFoundException', `No agent is placed at ${routeOf(question)}`);
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
  }

  #runtimeFor(definition: AgentDefinition, choice: AgentChoice): AgentRuntime {
    switch (choice.backend) {
      case 'playbook':
        return this.#ports.embedded;
      case 'bedrock-agent':
        return new BedrockAgentRuntime(this.#agentClient('bedrock-agent'));
      case 'inline-agent':
        return new InlineAgentRuntime(this.#agentClient('inline-agent'), {
          agents: new Map([[definition.name, inlineAgentOf(definition, choice.model, choice)]]),
          runTool: (group, event) => this.#ports.invokeFunction(functionArn(group), event),
        });
      case 'converse':
      case 'openai-compatible':
        return this.#loop(definition, choice);
    }
  }

  #loop(definition: AgentDefinition, choice: LoopChoice): AgentRuntime {
    const search = this.#searchFor(choice);
    return new LoopAgentRuntime({
      agents: new Map([[definition.name, loopAgentOf(definition, this.#modelFor(choice))]]),
      invokeFunction: (arn, event) => this.#ports.invokeFunction(arn, event),
      ...(search === undefined ? {} : { search }),
      now: this.#ports.now,
      newId: randomUUID,
    });
  }

  /** The account's knowledge bases where they are named, else those of the embedded cloud: by the same call. */
  #searchFor(choice: LoopChoice): KnowledgeSearch | undefined {
    const bases = choice.backend === 'converse' ? choice.knowledgeBases : undefined;
    if (bases === undefined) return this.#ports.search;
    return knowledgeSearch(this.#agentClient('converse'), (name) => bases[name]);
  }

  #modelFor(choice: LoopChoice): AgentModel {
    return retryingModel(this.#plainModel(choice), { ...RETRY, ...this.#ports.retry });
  }

  #plainModel(choice: LoopChoice): AgentModel {
    if (choice.backend === 'openai-compatible') {
      const apiKey = modelKey(choice.keyEnv, this.#ports.env);
      return openAiModel({
        baseUrl: choice.url,
        model: choice.model,
        ...(apiKey === undefined ? {} : { apiKey }),
      });
    }
    const client = new BedrockRuntimeClient({ ...placeIn(this.#settings.converse), maxAttempts: 1 });
    this.#clients.push(client);
    return bedrockModel(client, choice.model, choice.guardrail);
  }

  #agentClient(backend: 'bedrock-agent' | 'inline-agent' | 'converse'): BedrockAgentRuntimeClient {
    const client = new BedrockAgentRuntimeClient({ ...placeIn(this.#settings[backend]), maxAttempts: 1 });
    this.#clients.push(client);
    return client;
  }
}

type LoopChoice = Extract<AgentChoice, { backend: 'converse' | 'openai-compatible' }>;

const routeOf = (place: { readonly agentId: string; readonly agentAliasId: string }): string =>
  `${place.agentId}/${place.agentAliasId}`;

/** The handle with the address under this backend. The hash covers it, so that no session is shared by two. */
function placeOf(handle: AgentHandle, choice: AgentChoice, name: string): AgentHandle {
  if (choice.backend === 'playbook') return handle;
  const { keyEnv: _, ...what } = { keyEnv: undefined, ...choice };
  const definitionHash = hashOf({ definition: handle.definitionHash, ...what });
  const { agentId, agentAliasId } =
    choice.backend === 'bedrock-agent' ? choice : { agentId: name, agentAliasId: choice.backend };
  return { ...handle, agentId, agentAliasId, definitionHash };
}

/** Region and endpoint as the settings give them; what is left out the SDK finds as it always does. */
export function placeIn(settings: {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}): { readonly region?: string; readonly endpoint?: string } {
  const { region, endpoint } = settings;
  return { ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) };
}

/** The inline agent of a definition. Its tools are run by the host, where the records are. */
export function inlineAgentOf(
  definition: AgentDefinition,
  foundationModel: string,
  { guardrail, knowledgeBases }: OfAccount = {},
): InlineAgent {
  const request = inlineAgentRequest(definition, {
    lambdaArn: functionArn,
    foundationModel,
    ...(guardrail === undefined ? {} : { guardrail }),
    knowledgeBaseId: (name) => knowledgeBases?.[name],
  });
  return {
    agentName: definition.name,
    foundationModel,
    instruction: definition.instruction,
    idleSessionTTLInSeconds: definition.idleSessionSeconds,
    actionGroups: (request.actionGroups ?? []).map(({ actionGroupName, description, functionSchema }) => ({
      actionGroupName,
      description,
      functionSchema,
      actionGroupExecutor: { customControl: 'RETURN_CONTROL' },
    })),
    ...(request.knowledgeBases === undefined ? {} : { knowledgeBases: request.knowledgeBases }),
    ...(request.guardrailConfiguration === undefined
      ? {}
      : { guardrailConfiguration: request.guardrailConfiguration }),
  };
}

/** The agent of a definition for the loop in this process, under the definition's guardrail and limits. */
export function loopAgentOf(definition: AgentDefinition, model: AgentModel): LoopAgent {
  const { modelCalls, tokens, seconds } = definition.limits;
  return {
    name: definition.name,
    instruction: definition.instruction,
    actionGroups: actionGroupsOf(actionGroupRequests(definition, functionArn)),
    knowledgeBases: definition.knowledgeBases.map(({ name, description }) => ({
      knowledgeBaseId: name,
      description,
    })),
    model,
    limits: { maxModelCalls: modelCalls, maxTokens: tokens, maxSeconds: seconds },
    idleSessionSeconds: definition.idleSessionSeconds,
    guardrail: definition.guardrail,
  };
}
