import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { awaitPostingInput } from './schema.ts';
import { type AwaitPostingPorts, awaitPosting } from './tool.ts';

/** The Lambda that notes who waits for the next bill run. */
export function handlerWith(ports: AwaitPostingPorts) {
  return toolHandler('await-posting', awaitPostingInput, (input) => awaitPosting(input, ports));
}
