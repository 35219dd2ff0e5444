import { toolHandler } from '#adapters/lambda/tool-handler.ts';
import { makeProposalInput } from './schema.ts';
import { type MakeProposalPorts, makeProposal } from './tool.ts';

/** The Lambda that turns a checked conclusion into a proposal. */
export function handlerWith(ports: MakeProposalPorts) {
  return toolHandler('make-proposal', makeProposalInput, (input) => makeProposal(input, ports));
}
