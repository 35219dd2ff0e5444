import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { closeUnfoundInput } from './schema.ts';
import { type CloseUnfoundPorts, closeUnfound } from './tool.ts';

/** The Lambda that ends the cases which a run does not find any more. */
export function handlerWith(ports: CloseUnfoundPorts) {
  return toolHandler('close-unfound', closeUnfoundInput, (input) => closeUnfound(input, ports));
}
