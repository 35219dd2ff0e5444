import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { openCaseInput } from './schema.ts';
import { type OpenCasePorts, openCase } from './tool.ts';

/** The Lambda that opens or updates the case of a finding. */
export function handlerWith(ports: OpenCasePorts) {
  return toolHandler('open-case', openCaseInput, (input) => openCase(input, ports));
}
