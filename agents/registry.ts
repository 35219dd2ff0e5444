import type { AgentDefinition } from './definition.ts';
import { investigator } from './investigator/agent.ts';

/** Every agent of the product. */
export const AGENTS: readonly AgentDefinition[] = [investigator];
