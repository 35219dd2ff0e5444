import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { verifyRemediationInput } from './schema.ts';
import { type VerifyRemediationPorts, verifyRemediation } from './tool.ts';

/** The Lambda that measures whether a remedy moved the money. */
export function handlerWith(ports: VerifyRemediationPorts) {
  return toolHandler('verify-remediation', verifyRemediationInput, (input) =>
    verifyRemediation(input, ports),
  );
}
