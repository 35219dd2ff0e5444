import { isNotWorse } from '#core/learning/evaluation.ts';
import type { AgentModels } from '#core/ports/agent-models.ts';
import type { SwitchModelInput, SwitchModelOutput } from './schema.ts';

/** What the tool needs. */
export interface SwitchModelPorts {
  readonly models: AgentModels;
}

/**
 * Puts the candidate behind the agent's alias, but only where it is worse in nothing on the held-back cases, and
 * where what it was compared with is still what answers. Doing it again changes nothing.
 */
export async function switchModel(
  input: SwitchModelInput,
  { models }: SwitchModelPorts,
): Promise<SwitchModelOutput> {
  const { agentName, current, candidate } = input;
  const answering = await models.current(agentName);
  if (answering === candidate.modelId)
    return { switched: true, modelId: answering, why: 'the candidate answers already' };
  if (answering !== current.modelId)
    return { switched: false, modelId: answering, why: 'another model was put in place meanwhile' };
  if (!isNotWorse(current.report, candidate.report))
    return { switched: false, modelId: answering, why: worse(current.report, candidate.report) };
  await models.use(agentName, candidate.modelId);
  const { causeRight, cases } = candidate.report;
  const why = `worse in nothing: ${causeRight} of ${cases} causes right, before ${current.report.causeRight}`;
  return { switched: true, modelId: candidate.modelId, why };
}

type Report = SwitchModelInput['current']['report'];

function worse(current: Report, candidate: Report): string {
  if (candidate.cases === 0) return 'no case was held back, so nothing is known of the candidate';
  if (candidate.cases !== current.cases) return 'the two were not asked the same cases';
  const names = {
    formed: 'answers in the required form',
    causeRight: 'causes right',
    remedyRight: 'remedies right',
    supported: 'answers borne out by the evidence',
  } as const;
  return (Object.keys(names) as (keyof typeof names)[])
    .filter((key) => candidate[key] < current[key])
    .map((key) => `${candidate[key]} ${names[key]}, before ${current[key]}`)
    .join('; ');
}
