import type { Playbook } from '#core/investigation/playbook.ts';
import { assistant } from './assistant/agent.ts';
import { answer } from './assistant/playbook.ts';
import { contractAnalyst } from './contract-analyst/agent.ts';
import { analyse } from './contract-analyst/playbook.ts';
import type { AgentDefinition } from './definition.ts';
import { investigator } from './investigator/agent.ts';
import { investigate } from './investigator/playbook.ts';
import { remediationAdvisor } from './remediation-advisor/agent.ts';
import { advise } from './remediation-advisor/playbook.ts';

/** Every agent of the product. */
export const AGENTS: readonly AgentDefinition[] = [
  investigator,
  contractAnalyst,
  remediationAdvisor,
  assistant,
];

/** The policy that answers for an agent where there is no model, by its name. */
export const PLAYBOOKS: Readonly<Record<string, Playbook>> = {
  investigator: investigate,
  'contract-analyst': analyse,
  'remediation-advisor': advise,
  assistant: answer,
};
