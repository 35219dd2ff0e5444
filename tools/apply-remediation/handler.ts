import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { applyRemediationInput } from './schema.ts';
import { type ApplyRemediationPorts, applyRemediation } from './tool.ts';

/** The Lambda that carries out an approved proposal. */
export function handlerWith(ports: ApplyRemediationPorts) {
  return toolHandler('apply-remediation', applyRemediationInput, (input) => applyRemediation(input, ports));
}
