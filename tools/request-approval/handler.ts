import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { requestApprovalInput } from './schema.ts';
import { type RequestApprovalPorts, requestApproval } from './tool.ts';

/** The Lambda behind the state that waits for a decision. */
export function handlerWith(ports: RequestApprovalPorts) {
  return toolHandler('request-approval', requestApprovalInput, (input) => requestApproval(input, ports));
}
