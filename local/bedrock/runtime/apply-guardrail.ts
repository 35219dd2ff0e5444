/** ApplyGuardrail: a guardrail on its own, without an agent. */
import { type ControlPlane, guardrailOf, type Params } from '../control/resources.ts';
import { invalid } from '../errors.ts';
import { type Fields, isFields, optionalChoice, optionalList, text } from '../fields.ts';
import { applyGuardrail } from '../guardrails/apply.ts';

/** Texts are charged in units of a thousand characters. */
const UNIT = 1_000;

export function applyGuardrailOperation(plane: ControlPlane, params: Params, body: Fields): unknown {
  const definition = guardrailOf(plane, text(params, 'guardrailIdentifier'));
  const source = optionalChoice(body, 'source', ['INPUT', 'OUTPUT'] as const);
  if (source === undefined) throw invalid('source must be given');
  const texts = (optionalList(body, 'content') ?? []).map((block) => {
    const content = isFields(block) && isFields(block.text) ? block.text.text : undefined;
    if (typeof content !== 'string') throw invalid('content may hold text blocks only');
    return content;
  });
  if (texts.length === 0) throw invalid('content must hold at least one block');
  const results = texts.map((content) => applyGuardrail(definition, source, content));
  const blocked = results.find((result) => result.blocked);
  const intervened = results.some((result) => result.action === 'INTERVENED');
  const units = (used: unknown) =>
    used === undefined ? 0 : texts.reduce((sum, content) => sum + Math.ceil(content.length / UNIT), 0);
  const sensitive = definition.sensitiveInformationPolicyConfig;
  return {
    usage: {
      topicPolicyUnits: units(definition.topicPolicyConfig),
      contentPolicyUnits: units(definition.contentPolicyConfig),
      wordPolicyUnits: units(definition.wordPolicyConfig),
      sensitiveInformationPolicyUnits: units(sensitive?.piiEntitiesConfig),
      sensitiveInformationPolicyFreeUnits: units(sensitive?.regexesConfig),
      contextualGroundingPolicyUnits: 0,
    },
    action: intervened ? 'GUARDRAIL_INTERVENED' : 'NONE',
    outputs: !intervened
      ? []
      : blocked === undefined
        ? results.map((result) => ({ text: result.text }))
        : [{ text: blocked.text }],
    assessments: results.flatMap((result) => result.assessments),
  };
}
