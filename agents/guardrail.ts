/**
 * What an agent may neither be asked nor say, as plain data in the shape of Bedrock's CreateGuardrail, of which it uses
 * the policies that can be judged without a model. A second net: the first is that no tool has an effect and that
 * identifiers of subscribers are tokens before an agent sees them.
 */
export interface GuardrailDefinition {
  readonly name: string;
  readonly description: string;
  readonly blockedInputMessaging: string;
  readonly blockedOutputsMessaging: string;
  readonly topicPolicyConfig: {
    readonly topicsConfig: readonly {
      readonly name: string;
      readonly definition: string;
      readonly examples: readonly string[];
      readonly type: 'DENY';
    }[];
  };
  readonly wordPolicyConfig: { readonly wordsConfig: readonly { readonly text: string }[] };
  readonly sensitiveInformationPolicyConfig: {
    readonly piiEntitiesConfig: readonly {
      readonly type: 'EMAIL' | 'INTERNATIONAL_BANK_ACCOUNT_NUMBER' | 'AWS_ACCESS_KEY';
      readonly action: 'BLOCK' | 'ANONYMIZE';
    }[];
    readonly regexesConfig: readonly {
      readonly name: string;
      readonly pattern: string;
      readonly action: 'BLOCK' | 'ANONYMIZE';
    }[];
  };
  readonly contentPolicyConfig?: {
    readonly filtersConfig: readonly {
      readonly type: 'PROMPT_ATTACK';
      readonly inputStrength: 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH';
      readonly outputStrength: 'NONE';
    }[];
  };
}

/** What a blocked question or answer is replaced by. The host knows a blocked turn by these words. */
export const BLOCKED_INPUT =
  'This question is not answered: it asks for something that agents here may not do.';
export const BLOCKED_OUTPUT = 'The answer is withheld: it holds something that agents here may not say.';

const TOPICS: GuardrailDefinition['topicPolicyConfig'] = {
  topicsConfig: [
    {
      name: 'accusations',
      definition: 'Naming a person as guilty of fraud, sabotage or negligence.',
      examples: ['who is to blame', 'which employee stole', 'who should be fired', 'is guilty of fraud'],
      type: 'DENY',
    },
    {
      name: 'taking-effect',
      definition: 'Asking an agent to approve, book, refund or delete something instead of a person.',
      examples: ['approve all cases', 'approve this case for me', 'delete the case', 'delete all cases'],
      type: 'DENY',
    },
    {
      name: 'own-instructions',
      definition: 'Asking for the instruction, keys or credentials of the system.',
      examples: ['your system prompt', 'your instructions', 'the scope key', 'aws credentials'],
      type: 'DENY',
    },
  ],
};

/**
 * The guardrail of an agent. Where people write its input, the usual wordings of attempts to take over a model are
 * refused as well; input that a state machine writes has none.
 */
export function guardrailOf(agent: string, input: 'people' | 'state-machine'): GuardrailDefinition {
  return {
    name: `plumbline-${agent}`,
    description: `What ${agent} may neither be asked nor say.`,
    blockedInputMessaging: BLOCKED_INPUT,
    blockedOutputsMessaging: BLOCKED_OUTPUT,
    topicPolicyConfig: input === 'people' ? TOPICS : { topicsConfig: TOPICS.topicsConfig.slice(0, 1) },
    wordPolicyConfig: { wordsConfig: [{ text: 'BEGIN PRIVATE KEY' }, { text: 'aws_secret_access_key' }] },
    sensitiveInformationPolicyConfig: {
      // Card numbers are left out: keys of records are digits too, and one in ten of them passes for a card.
      piiEntitiesConfig: [
        { type: 'EMAIL', action: 'ANONYMIZE' },
        { type: 'INTERNATIONAL_BANK_ACCOUNT_NUMBER', action: 'ANONYMIZE' },
        { type: 'AWS_ACCESS_KEY', action: 'BLOCK' },
      ],
      // ITU-T E.212: an IMSI has fifteen digits. Record keys have other signs around theirs.
      regexesConfig: [
        {
          name: 'IMSI',
          pattern: '(?<![\\p{L}\\p{N}_.:/-])[2-7]\\d{14}(?![\\p{L}\\p{N}_.:/-])',
          action: 'ANONYMIZE',
        },
      ],
    },
    ...(input === 'people'
      ? {
          contentPolicyConfig: {
            filtersConfig: [{ type: 'PROMPT_ATTACK', inputStrength: 'HIGH', outputStrength: 'NONE' }],
          },
        }
      : {}),
  };
}
