/** Which model answers for a deployed agent. */
export interface AgentModels {
  /** The model of the agent behind its alias. Throws UnknownName where no such agent is deployed. */
  current(agentName: string): Promise<string>;
  /** Puts another model behind the alias; doing it again changes nothing. */
  use(agentName: string, modelId: string): Promise<void>;
}
