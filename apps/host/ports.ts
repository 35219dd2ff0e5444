import type { ToolAccess } from '#core/agent-tool/scope.ts';
import type { RemedyRules } from '#core/cases/remedy.ts';
import type { RunViews } from '#core/investigation/run-view.ts';
import type { AgentRuntime } from '#core/ports/agent-runtime.ts';
import type { TaskWaits } from '#core/ports/task-waits.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import type { Remeasure } from '#tools/verify-remediation/tool.ts';
import type { Stores } from './stores.ts';

/** Everything that some tool asks for. Each tool sees only what its own type names. */
export interface HostPorts extends Stores {
  readonly waits: TaskWaits;
  readonly runViews: RunViews;
  readonly runtime: AgentRuntime;
  /** Signs what agents may look at, and tells their tools whose signature counts. */
  readonly access: ToolAccess;
  /** Filled when the agents are registered, which a restarted execution waits for. */
  readonly agents: ReadonlyMap<string, AgentHandle>;
  readonly remeasure: Remeasure;
  readonly remedyRules: RemedyRules;
}
