import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CaseOutcome, judgeCases } from '#core/matching/rules/cases.ts';

/** Judges the matching cases of a file. Throws FileNotReadable, EmptyFile, or SchemaMismatch when it holds no cases. */
export async function judgeCaseFile(path: string): Promise<CaseOutcome[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new PlumblineError(
      'FileNotReadable',
      { what: 'The file of cases cannot be read', where: path },
      { cause },
    );
  }
  return judgeCases(text, basename(path));
}
