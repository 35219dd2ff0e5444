/** Applies a guardrail to a text and says what it found, in the shape of a guardrail assessment. */
import type { GuardResult } from '../run.ts';
import type { GuardrailDefinition, PiiType } from './definition.ts';

type Action = 'BLOCKED' | 'ANONYMIZED';

interface Finding {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly action: Action;
}

export interface Assessment {
  readonly wordPolicy?: {
    readonly customWords: readonly unknown[];
    readonly managedWordLists: readonly unknown[];
  };
  readonly topicPolicy?: { readonly topics: readonly unknown[] };
  readonly contentPolicy?: { readonly filters: readonly unknown[] };
  readonly sensitiveInformationPolicy?: {
    readonly piiEntities: readonly unknown[];
    readonly regexes: readonly unknown[];
  };
}

/** `blocked` where the text may not pass; else `text` is the text with sensitive parts replaced by `{NAME}`. */
export function applyGuardrail(
  definition: GuardrailDefinition,
  source: 'INPUT' | 'OUTPUT',
  text: string,
): GuardResult & { readonly assessments: readonly Assessment[] } {
  const words = findWords(definition, text);
  const topics = findTopics(definition, text);
  const filters = source === 'INPUT' ? findAttacks(definition, text) : [];
  const pii = findPii(definition, text);
  const regexes = findRegexes(definition, text);
  const sensitive = [...pii, ...regexes].map(({ finding }) => finding);
  const blocked =
    words.length + topics.length + filters.length > 0 || sensitive.some(({ action }) => action === 'BLOCKED');
  const assessment: Assessment = {
    ...(words.length === 0 ? {} : { wordPolicy: { customWords: words, managedWordLists: [] } }),
    ...(topics.length === 0 ? {} : { topicPolicy: { topics } }),
    ...(filters.length === 0 ? {} : { contentPolicy: { filters } }),
    ...(sensitive.length === 0
      ? {}
      : {
          sensitiveInformationPolicy: {
            piiEntities: pii.map(({ entry }) => entry),
            regexes: regexes.map(({ entry }) => entry),
          },
        }),
  };
  const message = source === 'INPUT' ? definition.blockedInputMessaging : definition.blockedOutputsMessaging;
  const intervened = blocked || sensitive.length > 0;
  return {
    action: intervened ? 'INTERVENED' : 'NONE',
    blocked,
    text: blocked ? message : masked(text, sensitive),
    assessments: intervened ? [assessment] : [],
  };
}

function findWords(definition: GuardrailDefinition, text: string): readonly unknown[] {
  const words = definition.wordPolicyConfig?.wordsConfig ?? [];
  return words.flatMap((word) => {
    const found = new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word.text)}(?![\\p{L}\\p{N}])`, 'iu').exec(text);
    return found === null ? [] : [{ match: found[0], action: 'BLOCKED' }];
  });
}

const escaped = (text: string): string =>
  text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`);

const normal = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, ' ').trim();

function findTopics(definition: GuardrailDefinition, text: string): readonly unknown[] {
  const given = normal(text);
  return (definition.topicPolicyConfig?.topicsConfig ?? [])
    .filter(({ examples = [] }) => examples.some((example) => given.includes(normal(example))))
    .map(({ name, type }) => ({ name, type, action: 'BLOCKED' }));
}

/** The usual wordings of attempts to take over a model. */
const ATTACKS: readonly RegExp[] = [
  /\b(ignore|disregard|forget|override)\b.{0,40}\b(previous|prior|above|earlier|all|your)\b.{0,30}\b(instructions?|prompts?|rules|guidelines)\b/is,
  /\b(reveal|show|print|repeat|output)\b.{0,30}\b(system|hidden|initial)\s+(prompt|instructions?|message)\b/is,
  /\byou are (now|no longer)\b.{0,40}\b(dan|developer mode|unrestricted|jailbroken|an? (assistant|ai))\b/is,
  /\b(pretend|act as if)\b.{0,40}\b(no|without) (rules|restrictions|limits|guidelines)\b/is,
  /<\/?\s*(system|instructions?|tool_result|assistant)\s*>|\[\/?INST\]|<\|im_start\|>/i,
  /\b(new|updated) (system )?instructions?\s*:/i,
];

function findAttacks(definition: GuardrailDefinition, text: string): readonly unknown[] {
  const filter = definition.contentPolicyConfig?.filtersConfig.find(({ type }) => type === 'PROMPT_ATTACK');
  if (filter === undefined || filter.inputStrength === 'NONE') return [];
  const count = ATTACKS.filter((pattern) => pattern.test(text)).length;
  if (count === 0) return [];
  return [{ type: 'PROMPT_ATTACK', confidence: count > 1 ? 'HIGH' : 'MEDIUM', action: 'BLOCKED' }];
}

const PII: Record<PiiType, { readonly pattern: RegExp; readonly holds?: (match: string) => boolean }> = {
  EMAIL: { pattern: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu },
  PHONE: { pattern: /(?<![\p{L}\p{N}+.,])(?:\+|00)\d[\d ()/-]{6,17}\d(?![\p{L}\p{N}])/gu },
  CREDIT_DEBIT_CARD_NUMBER: { pattern: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, holds: passesLuhn },
  INTERNATIONAL_BANK_ACCOUNT_NUMBER: {
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/g,
    holds: isIban,
  },
  IP_ADDRESS: {
    pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/g,
  },
  MAC_ADDRESS: { pattern: /\b[0-9A-F]{2}(?:[:-][0-9A-F]{2}){5}\b/gi },
  URL: { pattern: /\bhttps?:\/\/[^\s<>"']+/gi },
  AWS_ACCESS_KEY: { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
};

function passesLuhn(text: string): boolean {
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const value = index % 2 === 1 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** ISO 13616: the check digits make the whole number 1 modulo 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '');
  const digits = `${plain.slice(4)}${plain.slice(0, 4)}`.replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n;
}

interface Sensitive {
  readonly finding: Finding;
  readonly entry: unknown;
}

function findPii(definition: GuardrailDefinition, text: string): readonly Sensitive[] {
  const entities = definition.sensitiveInformationPolicyConfig?.piiEntitiesConfig ?? [];
  return entities.flatMap(({ type, action }) => {
    const { pattern, holds = () => true } = PII[type];
    return matches(text, pattern, type, action)
      .filter(({ match }) => holds(match))
      .map(({ finding, match }) => ({ finding, entry: { type, match, action: finding.action } }));
  });
}

function findRegexes(definition: GuardrailDefinition, text: string): readonly Sensitive[] {
  const regexes = definition.sensitiveInformationPolicyConfig?.regexesConfig ?? [];
  return regexes.flatMap(({ name, pattern, action }) =>
    matches(text, new RegExp(pattern, 'gu'), name, action).map(({ finding, match }) => ({
      finding,
      entry: { name, regex: pattern, match, action: finding.action },
    })),
  );
}

function matches(text: string, pattern: RegExp, label: string, action: 'BLOCK' | 'ANONYMIZE') {
  return [...text.matchAll(pattern)]
    .filter(([match]) => match !== '')
    .map((found) => ({
      match: found[0],
      finding: {
        start: found.index,
        end: found.index + found[0].length,
        label,
        action: action === 'BLOCK' ? ('BLOCKED' as const) : ('ANONYMIZED' as const),
      },
    }));
}

/** Replaces from left to right; of findings that overlap the first one counts. */
function masked(text: string, findings: readonly Finding[]): string {
  let result = '';
  let last = 0;
  for (const { start, end, label } of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < last) continue;
    result += `${text.slice(last, start)}{${label}}`;
    last = end;
  }
  return result + text.slice(last);
}
