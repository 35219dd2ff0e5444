/** InvokeInlineAgent: an agent that is defined by the request and kept nowhere; only its session is. */
import { readContent } from '../control/action-groups.ts';
import { readGuardrail, readOverrides } from '../control/agents.ts';
import { knowledgeBaseOf } from '../control/knowledge-bases.ts';
import type { ControlPlane } from '../control/resources.ts';
import { conflict, invalid } from '../errors.ts';
import {
  DESCRIPTION,
  type Fields,
  ID,
  isFields,
  NAME,
  optionalChoice,
  optionalInteger,
  optionalList,
  optionalText,
  refuse,
  text,
} from '../fields.ts';
import { inferenceOf, type ResolvedAgent, toGroup } from './resolve-agent.ts';

/** What stands for id, alias and version in the events of an inline agent. */
const INLINE = 'INLINE_AGENT';
const DEFAULT_TTL_SECONDS = 1_800;

/** Throws ValidationException for what is malformed or could not be run. */
export function inlineAgent(plane: ControlPlane, body: Fields): ResolvedAgent {
  refuse(body, 'request', {
    collaborators: 'agents work alone',
    collaboratorConfigurations: 'agents work alone',
    customOrchestration: 'agents run the built-in loop',
  });
  optionalChoice(body, 'agentCollaboration', ['DISABLED']);
  optionalChoice(body, 'orchestrationType', ['DEFAULT']);
  const groups = readList(body, 'actionGroups').map((group) => readContent(plane, group));
  const names = groups.map((group) => group.actionGroupName);
  if (new Set(names).size < names.length) throw conflict('two action groups have the same name');
  const guardrail = readGuardrail(plane, body);
  const arn = `arn:aws:bedrock:${plane.region}:${plane.account}:inline-agent/${INLINE}`;
  return {
    owner: INLINE,
    traceSource: { callerChain: [{ agentAliasArn: arn }] },
    idleSeconds: optionalInteger(body, 'idleSessionTTLInSeconds', 60, 5_400) ?? DEFAULT_TTL_SECONDS,
    spec: {
      agentId: INLINE,
      agentArn: arn,
      agentName: optionalText(body, 'agentName', NAME) ?? INLINE,
      agentAliasId: INLINE,
      agentVersion: INLINE,
      foundationModel: text(body, 'foundationModel', { min: 1, max: 2048 }),
      instruction: text(body, 'instruction', { min: 40, max: 20_000 }),
      inference: inferenceOf(readOverrides(body)),
      actionGroups: groups.map((group) => toGroup(plane.buckets, group)),
      knowledgeBases: readList(body, 'knowledgeBases').map((base) => {
        refuse(base, 'knowledgeBases', { retrievalConfiguration: 'the default search is used' });
        return {
          knowledgeBaseId: knowledgeBaseOf(plane, { knowledgeBaseId: text(base, 'knowledgeBaseId', ID) })
            .knowledgeBaseId,
          description: text(base, 'description', DESCRIPTION),
        };
      }),
      ...(guardrail === undefined
        ? {}
        : { guardrail: { identifier: guardrail.guardrailIdentifier, version: guardrail.guardrailVersion } }),
    },
  };
}

function readList(body: Fields, name: string): readonly Fields[] {
  return (optionalList(body, name) ?? []).map((item) => {
    if (!isFields(item)) throw invalid(`${name} must hold objects`);
    return item;
  });
}
