import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { evaluateModelInput } from './schema.ts';
import { type EvaluateModelPorts, evaluateModel } from './tool.ts';

/** The Lambda behind the states that evaluate the current model and the candidate. */
export function handlerWith(ports: EvaluateModelPorts) {
  return toolHandler('evaluate-model', evaluateModelInput, (input) => evaluateModel(input, ports));
}
