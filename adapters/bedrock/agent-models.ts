import {
  type Agent,
  type BedrockAgentClient,
  GetAgentAliasCommand,
  GetAgentCommand,
  GetAgentVersionCommand,
  ListAgentAliasesCommand,
  ListAgentsCommand,
  PrepareAgentCommand,
  UpdateAgentAliasCommand,
  UpdateAgentCommand,
} from '@aws-sdk/client-bedrock-agent';
import { PlumblineError } from '#core/domain/errors.ts';
import type { AgentModels } from '#core/ports/agent-models.ts';

const ALIAS = 'live';
const POLLS = 60;

/**
 * The models behind the aliases of Bedrock agents. The alias keeps its description, which is the mark of the agent's
 * definition: a host that registers the same definition leaves the model in place, a changed definition starts from
 * its own model again, because the tuned one was trained on another instruction.
 */
export class BedrockAgentModels implements AgentModels {
  readonly #client: BedrockAgentClient;
  readonly #wait: () => Promise<void>;

  /** `wait` passes the time between two looks at an agent that is being prepared. */
  constructor(client: BedrockAgentClient, wait: () => Promise<void>) {
    this.#client = client;
    this.#wait = wait;
  }

  async current(agentName: string): Promise<string> {
    const { agentId, version } = await this.#find(agentName);
    const reply = await this.#client.send(new GetAgentVersionCommand({ agentId, agentVersion: version }));
    return reply.agentVersion?.foundationModel ?? '';
  }

  async use(agentName: string, modelId: string): Promise<void> {
    const { agentId, aliasId, description } = await this.#find(agentName);
    const agent = await this.#agent(agentId);
    if (agent.foundationModel !== modelId) {
      await this.#client.send(
        new UpdateAgentCommand({
          agentId,
          agentName,
          foundationModel: modelId,
          instruction: agent.instruction,
          description: agent.description,
          agentResourceRoleArn: agent.agentResourceRoleArn ?? '',
          idleSessionTTLInSeconds: agent.idleSessionTTLInSeconds,
          guardrailConfiguration: agent.guardrailConfiguration,
        }),
      );
    }
    await this.#client.send(new PrepareAgentCommand({ agentId }));
    await this.#until(agentName, async () => (await this.#agent(agentId)).agentStatus === 'PREPARED');
    // Without a routing configuration Bedrock makes a new version of what was prepared and points the alias to it.
    const alias = { agentId, agentAliasId: aliasId, agentAliasName: ALIAS, description };
    await this.#client.send(new UpdateAgentAliasCommand(alias));
    await this.#until(agentName, async () => {
      const reply = await this.#client.send(new GetAgentAliasCommand({ agentId, agentAliasId: aliasId }));
      return reply.agentAlias?.agentAliasStatus === 'PREPARED';
    });
  }

  async #find(agentName: string) {
    const agentId = await this.#agentId(agentName);
    const aliases = await this.#client.send(new ListAgentAliasesCommand({ agentId }));
    const alias = aliases.agentAliasSummaries?.find(({ agentAliasName }) => agentAliasName === ALIAS);
    const version = alias?.routingConfiguration?.[0]?.agentVersion;
    if (alias?.agentAliasId === undefined || version === undefined) throw notDeployed(agentName);
    return { agentId, aliasId: alias.agentAliasId, description: alias.description, version };
  }

  async #agentId(agentName: string): Promise<string> {
    let nextToken: string | undefined;
    do {
      const page = await this.#client.send(new ListAgentsCommand({ nextToken }));
      const found = page.agentSummaries?.find((agent) => agent.agentName === agentName);
      if (found?.agentId !== undefined) return found.agentId;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    throw notDeployed(agentName);
  }

  async #agent(agentId: string): Promise<Agent> {
    const { agent } = await this.#client.send(new GetAgentCommand({ agentId }));
    if (agent === undefined) throw notDeployed(agentId);
    return agent;
  }

  async #until(agentName: string, isReady: () => Promise<boolean>): Promise<void> {
    for (let poll = 0; poll < POLLS; poll += 1) {
      if (await isReady()) return;
      await this.#wait();
    }
    throw new PlumblineError('AgentFailed', {
      what: `Agent ${agentName} did not become ready`,
      why: `it was looked at ${POLLS} times`,
      retryable: true,
    });
  }
}

function notDeployed(agentName: string): PlumblineError {
  return new PlumblineError('UnknownName', {
    what: `No agent is deployed as ${agentName}`,
    why: `there is no agent of this name with an alias ${ALIAS}`,
  });
}
