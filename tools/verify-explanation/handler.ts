import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { verifyExplanationInput } from './schema.ts';
import { type VerifyExplanationPorts, verifyExplanation } from './tool.ts';

/** The Lambda that checks an agent's explanation against the evidence of the case. */
export function handlerWith(ports: VerifyExplanationPorts) {
  return toolHandler('verify-explanation', verifyExplanationInput, (input) =>
    verifyExplanation(input, ports),
  );
}
