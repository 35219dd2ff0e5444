/** Bedrock Agents behind the wire: the control plane and the runtime on one service. */
import { randomInt, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { parseJsonBody, sendJson, sendRestError } from '../wire/protocols.ts';
import { matchPath, type Service, type WireRequest, type WireResponse } from '../wire/router.ts';
import { type ControlPlane, guardrailOf, type Params } from './control/resources.ts';
import { CONTROL_ROUTES } from './control/routes.ts';
import { TAG_SCHEMA } from './control/tags.ts';
import { invalid } from './errors.ts';
import { ID, text } from './fields.ts';
import { applyGuardrail } from './guardrails/apply.ts';
import { checkGuardrail, type GuardrailDefinition } from './guardrails/definition.ts';
import type { AgentModel } from './model.ts';
import { DEFAULT_LIMITS, type InvokeFunction, type LoopLimits } from './run.ts';
import { applyGuardrailOperation } from './runtime/apply-guardrail.ts';
import { inlineAgent } from './runtime/inline-agent.ts';
import { readTurn, SESSION_ID, streamTurn } from './runtime/invoke-agent.ts';
import { resolveAgent } from './runtime/resolve-agent.ts';
import { DEFAULT_SEARCH, retrieve, searchBase, toReference } from './runtime/retrieve.ts';
import { retrieveAndGenerate } from './runtime/retrieve-and-generate.ts';
import type { Runtime } from './runtime/runtime.ts';
import { openSessions } from './runtime/sessions.ts';
import { openStore } from './store.ts';

export interface BedrockOptions {
  /** Where agents and sessions are kept; the caller opens, configures and closes it. */
  readonly db: DatabaseSync;
  readonly clock: { now(): number };
  /** The models that agents may name as their foundationModel. */
  readonly models: Readonly<Record<string, AgentModel>>;
  /** Invokes an action group's Lambda by its ARN. */
  readonly invokeFunction: InvokeFunction;
  /** Says whether an ARN can be invoked, so that an action group without a handler is refused when created. */
  readonly hasFunction?: (arn: string) => boolean;
  /** S3 bucket names and the folders that stand for them. */
  readonly buckets?: Readonly<Record<string, string>>;
  /** Guardrails by id, as CreateGuardrail would take them. What would not be applied is refused at the start. */
  readonly guardrails?: Readonly<Record<string, GuardrailDefinition>>;
  readonly limits?: Partial<LoopLimits>;
  readonly region?: string;
  readonly account?: string;
}

/** Creates the service. Its tables are made in `db` where they are missing; what stands there is kept. */
export function createBedrockService(options: BedrockOptions): Service {
  const { db } = options;
  const now = () => options.clock.now();
  db.exec(TAG_SCHEMA);
  for (const [id, guardrail] of Object.entries(options.guardrails ?? {})) checkGuardrail(id, guardrail);
  const plane: ControlPlane = {
    store: openStore(db),
    region: options.region ?? 'us-east-1',
    account: options.account ?? '000000000000',
    models: Object.keys(options.models),
    hasFunction: options.hasFunction,
    buckets: options.buckets ?? {},
    guardrails: options.guardrails ?? {},
    now,
    newId: resourceId,
  };
  const modelFor = (name: string) => {
    const model = options.models[name];
    if (model === undefined) throw invalid(`model ${name} is not configured in this runtime`);
    return model;
  };
  const runtime: Runtime = {
    plane,
    sessions: openSessions(db, now),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    now,
    modelFor,
    portsFor: ({ foundationModel, guardrail }, searches) => ({
      model: modelFor(foundationModel),
      invokeFunction: options.invokeFunction,
      search: async (knowledgeBaseId, query) => {
        const search = searches.get(knowledgeBaseId) ?? DEFAULT_SEARCH;
        return searchBase(plane, knowledgeBaseId, query, search)
          .slice(0, search.numberOfResults)
          .map(toReference);
      },
      ...(guardrail === undefined
        ? {}
        : {
            guard: (source: 'INPUT' | 'OUTPUT', content: string) =>
              applyGuardrail(guardrailOf(plane, guardrail.identifier), source, content),
          }),
      now,
      newId: randomUUID,
    }),
  };
  const routes = [...controlRoutes(plane), ...Object.values(runtimeRoutes(runtime))];
  const find = (req: WireRequest) => {
    for (const route of routes) {
      if (route.method !== req.method) continue;
      if (route.slash !== undefined && route.slash !== req.path.endsWith('/')) continue;
      const params = matchPath(route.path, req.path);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  };
  return {
    name: 'Bedrock Agents',
    match: (req) => req.headers['x-amz-target'] === undefined && find(req) !== undefined,
    async handle(req, res) {
      try {
        const found = find(req);
        if (found === undefined) throw invalid(`no operation for ${req.method} ${req.path}`);
        await found.route.handle(found.params, req, res);
      } catch (error) {
        sendRestError(res, error);
      }
    },
  };
}

interface Route {
  readonly method: string;
  readonly path: string;
  /** Where two operations differ by it: whether the path ends in a slash. */
  readonly slash?: boolean;
  readonly handle: (params: Params, req: WireRequest, res: WireResponse) => Promise<void>;
}

const controlRoutes = (plane: ControlPlane): readonly Route[] =>
  CONTROL_ROUTES.map((route) => ({
    method: route.method,
    path: route.path,
    ...(route.name === 'PrepareAgent' ? { slash: true } : {}),
    handle: async (params, req, res) => {
      const body = parseJsonBody(req.body);
      const answer = plane.store.atomic(() => route.run(plane, params, body, req.query));
      if (route.status === 204) res.send(204, {}, '');
      else sendJson(res, route.status, answer, 'application/json');
    },
  }));

/** Every operation of the runtime that is answered here. */
export const RUNTIME_OPERATIONS = [
  'InvokeAgent',
  'InvokeInlineAgent',
  'ApplyGuardrail',
  'Retrieve',
  'RetrieveAndGenerate',
] as const;

const runtimeRoutes = (runtime: Runtime): Readonly<Record<(typeof RUNTIME_OPERATIONS)[number], Route>> => ({
  InvokeAgent: {
    method: 'POST',
    path: '/agents/{agentId}/agentAliases/{agentAliasId}/sessions/{sessionId}/text',
    handle: async (params, req, res) => {
      const agentId = text(params, 'agentId', ID);
      const aliasId = text(params, 'agentAliasId', ID);
      const sessionId = text(params, 'sessionId', SESSION_ID);
      const turn = readTurn(parseJsonBody(req.body), 'sessionState');
      const agent = resolveAgent(runtime.plane, agentId, aliasId);
      await streamTurn(runtime, agent, sessionId, turn, req, res);
    },
  },
  InvokeInlineAgent: {
    method: 'POST',
    path: '/agents/{sessionId}',
    slash: false,
    handle: async (params, req, res) => {
      const sessionId = text(params, 'sessionId', SESSION_ID);
      const body = parseJsonBody(req.body);
      const turn = readTurn(body, 'inlineSessionState');
      await streamTurn(runtime, inlineAgent(runtime.plane, body), sessionId, turn, req, res);
    },
  },
  ApplyGuardrail: {
    method: 'POST',
    path: '/guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply',
    handle: async (params, req, res) =>
      sendJson(
        res,
        200,
        applyGuardrailOperation(runtime.plane, params, parseJsonBody(req.body)),
        'application/json',
      ),
  },
  Retrieve: {
    method: 'POST',
    path: '/knowledgebases/{knowledgeBaseId}/retrieve',
    handle: async (params, req, res) =>
      sendJson(res, 200, retrieve(runtime.plane, params, parseJsonBody(req.body)), 'application/json'),
  },
  RetrieveAndGenerate: {
    method: 'POST',
    path: '/retrieveAndGenerate',
    handle: async (_params, req, res) => {
      const answer = await retrieveAndGenerate(runtime, parseJsonBody(req.body), req.signal);
      sendJson(res, 200, answer, 'application/json');
    },
  },
});

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const resourceId = (): string =>
  Array.from({ length: 10 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
