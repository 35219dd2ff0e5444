import { join } from 'node:path';
import { LocalOutbox } from '#adapters/local/outbox.ts';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { type AgentDefinition, toolVersion } from '#agents/definition.ts';
import { investigator } from '#agents/investigator/agent.ts';
import { AGENTS } from '#agents/registry.ts';
import { AgentBackends } from '#apps/host/agent-backend.ts';
import type { AgentSettings } from '#apps/host/agent-settings.ts';
import { functionArn } from '#apps/host/machines.ts';
import { decide } from '#core/cases/decide.ts';
import { DEFAULT_APPROVAL_POLICY } from '#core/cases/policy.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import type { CaseEvent, Evidence, Proposal } from '#core/domain/case.ts';
import { isPlumblineError } from '#core/domain/errors.ts';
import type { Json } from '#core/domain/hash.ts';
import { traceFile } from '#core/investigation/run-files.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { OutboxMessage } from '#core/ports/outbox.ts';
import { modelServer } from '#tests/support/model-server.ts';
import { TEST_ACCESS } from '#tests/support/tool-access.ts';
import { applyRemediation } from '#tools/apply-remediation/tool.ts';
import { handlerWith as billingLookup } from '#tools/billing-lookup/handler.ts';
import { handlerWith as contractReader } from '#tools/contract-reader/handler.ts';
import { handlerWith as invokeAgent } from '#tools/invoke-agent/handler.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import type { VerifiedConclusion } from '#tools/make-proposal/schema.ts';
import { makeProposal } from '#tools/make-proposal/tool.ts';
import { requestApproval } from '#tools/request-approval/tool.ts';
import { handlerWith as ticketCreation } from '#tools/ticket-creation/handler.ts';
import { handlerWith as usageQuery } from '#tools/usage-query/handler.ts';
import { verifyExplanation } from '#tools/verify-explanation/tool.ts';
import type { Attack } from './attacks.ts';
import { type Conduct, type Profile, respond } from './models.ts';
import { type AttackedWorkspace, copyStore } from './workspace.ts';

/** Everything that an attack left behind. */
export interface AttackOutcome {
  readonly attack: Attack;
  readonly profile: Profile;
  readonly conduct: Conduct;
  /** Why the agent failed, where it did. */
  readonly failed: string | undefined;
  readonly proposal: Proposal;
  /** The list of adjustments, byte for byte. */
  readonly adjustments: string;
  readonly evidence: readonly Evidence[];
  readonly traces: readonly Json[];
  /** Functions that were invoked beside the agent's tools. */
  readonly strayFunctions: readonly string[];
  readonly events: readonly CaseEvent[];
  readonly chainIntact: boolean;
  /** What goes out after a person has approved. */
  readonly messages: readonly OutboxMessage[];
  /** What the case may still ask for, before anybody decided: minor units. */
  readonly potential: string;
  readonly seconds: number;
}

const AS_OF = '2026-11-04';

/** Servers of models for attacks, one for all of them: which script answers stands in the name of the model. */
export interface Attacker {
  readonly url: string;
  expect(model: string, attack: Attack, profile: Profile): Conduct;
  close(): Promise<void>;
}

/** Starts the server behind which the scripted models are. */
export async function attacker(workspace: AttackedWorkspace): Promise<Attacker> {
  const scripts = new Map<string, { attack: Attack; profile: Profile; conduct: Conduct }>();
  const server = await modelServer('http1', (call) => {
    const script = scripts.get(String(call.body.model));
    if (script === undefined) return { kind: 'json', status: 404, body: 'no such model' };
    return respond(script.profile, script.attack, workspace, script.conduct, call);
  });
  return {
    url: `${server.url}/v1`,
    expect: (model, attack, profile) => {
      const conduct: Conduct = { read: new Set(), obeyed: 0 };
      scripts.set(model, { attack, profile, conduct });
      return conduct;
    },
    close: () => server.close(),
  };
}

/**
 * Lets an agent investigate the case while a model of this profile answers it, in the steps of the state machine: investigate,
 * check, propose, ask. Then a person approves, and what goes out is written. Each attack has a copy of the store of its own.
 */
export async function runAttack(
  workspace: AttackedWorkspace,
  attackers: Attacker,
  attack: Attack,
  profile: Profile,
  folder: string,
  limits: AgentHandle['limits'] = LIMITS,
): Promise<AttackOutcome> {
  const { stores, clock, target, finding } = workspace;
  const own = join(folder, `${profile}-${attack.index}`);
  const cases = await openSqliteCaseStore({ file: copyStore(workspace, own), clock });
  const model = `${profile}-${attack.index}`;
  const conduct = attackers.expect(model, attack, profile);
  const stray: string[] = [];
  const backends = backendsFor(workspace, { url: attackers.url, model }, stray);
  const started = performance.now();
  try {
    const ports = { ...stores, cases, clock, outbox: new LocalOutbox(join(own, 'outbox')) };
    const { caseId, runId } = target;
    const asked = { agentName: 'investigator', caseId, findingId: finding.findingId, runId };
    const agents = backends.place(new Map([['investigator', { ...HANDLE, limits }]]));
    const invoke = invokeAgent({ runtime: backends, agents, cases, runs: stores.runs, access: TEST_ACCESS });
    const answer = await invoke(asked, { functionName: 'invoke-agent' } as never).catch(noAgent);
    const checked = await verifyExplanation({ caseId, conclusion: answer.conclusion }, ports);
    const proposal = await propose(workspace, cases, checked.conclusion as unknown as VerifiedConclusion);
    const potential = (await cases.findCase(caseId))?.money.potential.minor ?? '';
    const messages = await approve(cases, proposal, ports);
    const chain = await cases.verifyChain();
    const trace = await stores.runs.readText(traceFile(runId, caseId));
    return {
      attack,
      profile,
      conduct,
      failed: 'failed' in answer ? answer.failed : undefined,
      proposal,
      adjustments: await stores.runs.readText(proposal.adjustments.file),
      evidence: await cases.listEvidence(caseId),
      traces: JSON.parse(trace).traces,
      strayFunctions: stray,
      events: await cases.events(),
      chainIntact: chain.ok,
      messages,
      potential,
      seconds: (performance.now() - started) / 1_000,
    };
  } finally {
    backends.close();
    await cases.close();
  }
}

/** The conclusion that the state machine writes when the agent fails. */
function noAgent(error: unknown) {
  if (!isPlumblineError(error) || error.name !== 'AgentFailed') throw error;
  const text = 'The investigating agent failed, so nobody has looked for the cause yet';
  return {
    failed: error.message,
    conclusion: {
      causeFound: false,
      cause: 'cause not found: the agent failed (AgentFailed)',
      hypotheses: [],
      claims: [],
      remedy: 'ticket-only',
      ticket: { name: 'Investigate by hand', description: text },
      changeId: null,
      answeredBy: 'none',
    },
  };
}

const definition = AGENTS.find(({ name }) => name === 'investigator') as AgentDefinition;
const HANDLE: AgentHandle = {
  agentId: 'investigator',
  agentAliasId: 'attacked',
  definitionHash: 'attacked',
  prompt: definition.prompt,
  toolVersions: Object.fromEntries(definition.tools.map((tool) => [tool.name, toolVersion(tool)])),
  limits: definition.limits,
};

function backendsFor(
  { stores, runViews }: AttackedWorkspace,
  place: { readonly url: string; readonly model: string },
  stray: string[],
): AgentBackends {
  const ports = { ...stores, runViews, access: TEST_ACCESS };
  const handlers: Readonly<Record<string, (event: unknown, context: never) => Promise<unknown>>> = {
    [functionArn('usage-query')]: usageQuery(ports),
    [functionArn('billing-lookup')]: billingLookup(ports),
    [functionArn('contract-reader')]: contractReader(ports),
    [functionArn('ticket-creation')]: ticketCreation(ports),
  };
  const settings = { backend: 'openai-compatible', 'openai-compatible': place, agents: {}, prices: {} };
  return new AgentBackends(settings as unknown as AgentSettings, [definition], {
    embedded: {
      ask: () => {
        throw new Error('nobody asks the playbook here');
      },
    },
    invokeFunction: async (arn, event) => {
      const handler = handlers[arn];
      if (handler === undefined) stray.push(arn);
      return handler?.(event, { functionName: arn } as never);
    },
    env: {},
    now: () => performance.now(),
    retry: { wait: async () => {} },
  });
}

/** The proposal for a conclusion, waiting for a person. */
export async function propose(
  { stores, clock, target }: AttackedWorkspace,
  cases: CaseStore,
  conclusion: VerifiedConclusion,
): Promise<Proposal> {
  const ports = { ...stores, cases, clock, remedyRules: DEFAULT_REMEDY_RULES };
  const { caseId, runId } = target;
  const { proposalHash } = await makeProposal({ caseId, runId, conclusion, asOf: AS_OF }, ports);
  await requestApproval({ caseId, proposalHash, taskToken: 'token' }, ports);
  const proposal = await cases.latestProposal(caseId);
  if (proposal === undefined) throw new Error('no proposal was saved');
  return proposal;
}

/** A person approves what was shown, and it is carried out. Returns what goes out. */
async function approve(
  cases: CaseStore,
  { caseId, proposalHash }: Proposal,
  ports: Parameters<typeof applyRemediation>[1] & Parameters<typeof decide>[1],
): Promise<OutboxMessage[]> {
  const now = await cases.findCase(caseId);
  const { decision } = await decide(
    {
      caseId,
      caseVersion: now?.version ?? 0,
      proposalHash,
      verdict: 'approved',
      reason: 'evidence-sufficient',
      comment: 'Seen',
      decidedBy: 'anna',
    },
    ports,
    DEFAULT_APPROVAL_POLICY,
  );
  await applyRemediation({ caseId, decisionId: decision.decisionId, proposalHash }, ports);
  return (ports.outbox as LocalOutbox).list();
}

/** The limits that hold for every attack. */
export const LIMITS = investigator.limits;
