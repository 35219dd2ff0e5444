import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { invokeAgentInput } from './schema.ts';
import { type InvokeAgentPorts, invokeAgent } from './tool.ts';

/** The Lambda that lets an agent investigate one case. */
export function handlerWith(ports: InvokeAgentPorts) {
  return toolHandler('invoke-agent', invokeAgentInput, (input) => invokeAgent(input, ports));
}
