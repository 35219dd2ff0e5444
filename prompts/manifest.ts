import { readFileSync } from 'node:fs';
import { sha256 } from '#core/domain/hash.ts';

/** A prompt as it was released: which file, which version, and the hash that every run records. */
export interface PromptEntry {
  readonly file: string;
  /** Grows by one whenever the text changes. */
  readonly version: number;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/** Every prompt. Adding or changing a file means changing its row here; a test compares both. */
export const PROMPTS = {
  investigator: {
    file: 'investigator.md',
    version: 2,
    sha256: '1b4b2ea5960fb68cb015bc496723d131da4fa0ca3be31927d7bb6bcd417bc3c9',
  },
  'contract-analyst': {
    file: 'contract-analyst.md',
    version: 1,
    sha256: 'a9e19191a250fa27e1601ad0f6d4f5418c462fcac14b69ada71a2feb9c268537',
  },
  'remediation-advisor': {
    file: 'remediation-advisor.md',
    version: 1,
    sha256: 'fd123a7e0565d686a6a1f68ba178587785f15d94ad82d29031d4b0a7e1004abe',
  },
  assistant: {
    file: 'assistant.md',
    version: 1,
    sha256: 'c1da40d5597fd320cde0e802fbbcf2767701ca25fd19e81c58cd2a318a1cb22c',
  },
} as const satisfies Readonly<Record<string, PromptEntry>>;
export type PromptName = keyof typeof PROMPTS;

/** The text of a prompt. Throws an Error when the file is missing or is not the released text. */
export function readPrompt(name: PromptName): string {
  const entry = PROMPTS[name];
  const text = readFileSync(new URL(entry.file, import.meta.url), 'utf8');
  const found = sha256(text);
  if (found !== entry.sha256) {
    throw new Error(
      `Prompt ${entry.file} is not version ${entry.version} of the manifest: its hash is ${found}. ` +
        'Next: raise the version and set the hash in prompts/manifest.ts',
    );
  }
  return text;
}
