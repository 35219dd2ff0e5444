import { readFileSync } from 'node:fs';

/** A small fault in one file, and the test that must notice it. */
export interface Mutant {
  readonly fault: string;
  /** Path of the file from the root of the repository. */
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly killer: Killer;
}

/** A test by the file it stands in and its name. */
export interface Killer {
  readonly file: string;
  readonly test: string;
}

/** Text of the mutant's file with the fault in it. Throws when the text to replace does not stand there exactly once. */
export function mutated({ file, find, replace, fault }: Mutant): string {
  const text = readFileSync(rootUrl(file), 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`"${fault}": its text stands ${found} times in ${file}`);
  return text.replace(find, () => replace);
}

/** URL of a path from the root of the repository. */
export function rootUrl(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
