import {
  type BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import { converseModel } from '#local/bedrock/converse-model.ts';
import type { AgentModel } from '#local/bedrock/model.ts';

/** A guardrail of the account, applied by Bedrock to what goes in and what comes out. */
export interface AccountGuardrail {
  readonly guardrailIdentifier: string;
  readonly guardrailVersion: string;
}

/**
 * A model of Bedrock over Converse: for accounts that cannot have a Bedrock agent. The client should have
 * `maxAttempts: 1`, for retryingModel repeats calls.
 */
export function bedrockModel(
  client: BedrockRuntimeClient,
  modelId: string,
  guardrail?: AccountGuardrail,
): AgentModel {
  return converseModel(modelId, async (input, signal) => {
    const guardrailConfig = guardrail === undefined ? {} : { guardrailConfig: guardrail };
    const command = new ConverseCommand({ ...input, ...guardrailConfig } as unknown as ConverseCommandInput);
    return client.send(command, { abortSignal: signal });
  });
}
