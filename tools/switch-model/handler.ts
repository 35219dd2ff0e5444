import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { switchModelInput } from './schema.ts';
import { type SwitchModelPorts, switchModel } from './tool.ts';

/** The Lambda behind the state that puts a tuned model in place. */
export function handlerWith(ports: SwitchModelPorts) {
  return toolHandler('switch-model', switchModelInput, (input) => switchModel(input, ports));
}
