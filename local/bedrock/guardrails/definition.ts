/** A guardrail, in the shape of CreateGuardrail; of its policies those that can be judged without a model. */

export interface GuardrailDefinition {
  readonly blockedInputMessaging: string;
  readonly blockedOutputsMessaging: string;
  readonly wordPolicyConfig?: { readonly wordsConfig?: readonly { readonly text: string }[] };
  /** A topic is found where the text holds one of its examples, letter case and white space aside. */
  readonly topicPolicyConfig?: {
    readonly topicsConfig: readonly {
      readonly name: string;
      readonly definition: string;
      readonly examples?: readonly string[];
      readonly type: 'DENY';
    }[];
  };
  readonly sensitiveInformationPolicyConfig?: {
    readonly piiEntitiesConfig?: readonly {
      readonly type: PiiType;
      readonly action: 'BLOCK' | 'ANONYMIZE';
    }[];
    readonly regexesConfig?: readonly {
      readonly name: string;
      readonly pattern: string;
      readonly action: 'BLOCK' | 'ANONYMIZE';
    }[];
  };
  /** Attempts to change a model's instructions, found by their usual wording; inputs only. */
  readonly contentPolicyConfig?: {
    readonly filtersConfig: readonly {
      readonly type: 'PROMPT_ATTACK';
      readonly inputStrength: 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH';
      readonly outputStrength: 'NONE';
    }[];
  };
}

/** Entities that can be told by their form. */
export const PII_TYPES = [
  'EMAIL',
  'PHONE',
  'CREDIT_DEBIT_CARD_NUMBER',
  'INTERNATIONAL_BANK_ACCOUNT_NUMBER',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'URL',
  'AWS_ACCESS_KEY',
] as const;
export type PiiType = (typeof PII_TYPES)[number];

const KNOWN_POLICIES = [
  'blockedInputMessaging',
  'blockedOutputsMessaging',
  'wordPolicyConfig',
  'topicPolicyConfig',
  'sensitiveInformationPolicyConfig',
  'contentPolicyConfig',
  // Names and notes do not change what a guardrail does.
  'name',
  'description',
];

/** Throws an Error for a policy that would not be applied: a guardrail must not promise what it does not do. */
export function checkGuardrail(id: string, definition: GuardrailDefinition): void {
  const refuse = (what: string) => {
    throw new Error(`guardrail ${id}: ${what} cannot be applied by this runtime`);
  };
  for (const key of Object.keys(definition)) if (!KNOWN_POLICIES.includes(key)) refuse(key);
  const words = definition.wordPolicyConfig ?? {};
  for (const key of Object.keys(words)) if (key !== 'wordsConfig') refuse(`wordPolicyConfig.${key}`);
  for (const { type } of definition.sensitiveInformationPolicyConfig?.piiEntitiesConfig ?? []) {
    if (!PII_TYPES.includes(type)) refuse(`the entity ${type}`);
  }
  for (const { type } of definition.contentPolicyConfig?.filtersConfig ?? []) {
    if (type !== 'PROMPT_ATTACK') refuse(`the content filter ${type as string}`);
  }
  for (const { name, examples = [] } of definition.topicPolicyConfig?.topicsConfig ?? []) {
    if (examples.length === 0) refuse(`the topic ${name} without examples`);
  }
  for (const { pattern } of definition.sensitiveInformationPolicyConfig?.regexesConfig ?? []) {
    new RegExp(pattern, 'gu');
  }
}
