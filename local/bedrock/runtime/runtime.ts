/** What the runtime operations share. */
import type { AgentSpec } from '../agent.ts';
import type { ControlPlane } from '../control/resources.ts';
import type { AgentModel } from '../model.ts';
import type { LoopLimits, LoopPorts } from '../run.ts';
import type { SearchSettings } from './retrieve.ts';
import type { Sessions } from './sessions.ts';

export interface Runtime {
  readonly plane: ControlPlane;
  readonly sessions: Sessions;
  readonly limits: LoopLimits;
  readonly now: () => number;
  /** Throws ValidationException where no model of this name is configured. */
  modelFor(name: string): AgentModel;
  /** What the loop needs for this agent. Throws ValidationException where its model is not configured. */
  portsFor(agent: AgentSpec, searches: ReadonlyMap<string, SearchSettings>): LoopPorts;
}
