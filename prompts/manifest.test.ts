import { readdirSync } from 'node:fs';
import { PROMPTS, type PromptName, readPrompt } from './manifest.ts';

const files = readdirSync(new URL('.', import.meta.url)).filter(
  (name) => name.endsWith('.md') && name !== 'README.md',
);

describe('prompts', () => {
  test('every prompt file has a row in the manifest and every row a file', () => {
    expect(
      Object.values(PROMPTS)
        .map((entry) => entry.file)
        .sort(),
    ).toEqual(files.sort());
    expect(files.length).toBeGreaterThan(0);
  });

  test.each(Object.keys(PROMPTS) as PromptName[])('%s is the released text', (name) => {
    expect(readPrompt(name).length).toBeGreaterThan(100);
  });
});
