import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { closeCaseInput } from './schema.ts';
import { type CloseCasePorts, closeCase } from './tool.ts';

/** The Lambda that ends a case. */
export function handlerWith(ports: CloseCasePorts) {
  return toolHandler('close-case', closeCaseInput, (input) => closeCase(input, ports));
}
