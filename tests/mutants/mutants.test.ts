import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CapturedFile, captured } from './captured.ts';
import { CODE_MUTANTS } from './code-mutants.ts';
import { CONTROL_MUTANTS } from './control-mutants.ts';
import { ENGINE_MUTANTS } from './engine-mutants.ts';
import { type Killer, type Mutant, mutated, rootUrl } from './mutant.ts';
import { MATCHING_MUTANTS, RATING_MUTANTS } from './rating-mutants.ts';

/** What Jest has for modules of ECMAScript, beyond its types. */
const { jest } = import.meta as unknown as {
  readonly jest: {
    unstable_mockModule(path: string, factory: () => unknown): void;
    unstable_unmockModule(path: string): void;
    resetModules(): void;
  };
};

const SQL_MUTANTS = [...ENGINE_MUTANTS, ...CONTROL_MUTANTS, ...RATING_MUTANTS, ...MATCHING_MUTANTS];

/** Every second one in `npm test`, all of them in `npm run test:long`. */
const LONG = process.env.PLUMBLINE_LONG !== undefined;
const sampled = (mutants: readonly Mutant[]) => mutants.filter((_, i) => LONG || i % 6 === 0);

/** The SQL file that is read with a fault in it. */
let faulty: { readonly path: string; readonly text: string } | undefined;
jest.unstable_mockModule('#adapters/local/read-sql.ts', () => ({
  readSqlFile: async (url: URL) =>
    faulty !== undefined && url.href === rootUrl(faulty.path).href ? faulty.text : readFile(url, 'utf8'),
}));

const loaded = new Map<string, Promise<CapturedFile>>();
const passed = new Map<string, Promise<string>>();
const copies = mkdtempSync(join(tmpdir(), 'plumbline-mutants-'));
afterAll(() => rmSync(copies, { recursive: true, force: true }));

/** The tests of a file; loaded once until the modules are reset. */
function testsOf(path: string): Promise<CapturedFile> {
  const known = loaded.get(path) ?? captured(() => import(fileURLToPath(rootUrl(path))));
  loaded.set(path, known);
  return known;
}

/** `passes`; `fails` when an expectation was not met; `breaks: …` when the code could not be run at all. */
async function resultOf({ file, test: name }: Killer): Promise<string> {
  const tests = await testsOf(file);
  try {
    await tests.run(name);
    return 'passes';
  } catch (error) {
    return judged(error);
  }
}

function judged(error: unknown): string {
  const { matcherResult, cause, name, message } = error as Error & {
    matcherResult?: { readonly actual?: unknown };
  };
  if (matcherResult !== undefined) {
    // A control whose SQL cannot be run has the outcome `error`: that is no fault that a test has noticed.
    const { actual } = matcherResult;
    return Array.isArray(actual) && actual[0] === 'error'
      ? 'breaks: a control has the outcome error'
      : 'fails';
  }
  if (cause !== undefined) return judged(cause);
  // The engine itself noticed that something went in that did not come out.
  if (name === 'ConservationBroken') return 'fails';
  return `breaks: ${name} ${message}`;
}

/** The result of the killer without any fault; asked once. */
function soundResult(killer: Killer): Promise<string> {
  const key = `${killer.file} ${killer.test}`;
  const known = passed.get(key) ?? resultOf(killer);
  passed.set(key, known);
  return known;
}

/** A failing property stops at once: that it fails is all that counts. */
async function stopAtFirstFailure(): Promise<void> {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ endOnFailure: true });
}

const table = (mutants: readonly Mutant[]) =>
  sampled(mutants).map((mutant) => [mutant.fault, mutant.killer.test, mutant] as const);

describe('SQL', () => {
  beforeAll(stopAtFirstFailure);
  afterEach(() => {
    faulty = undefined;
  });

  test.each(table(SQL_MUTANTS))(
    '%s: noticed by "%s"',
    async (_fault, _killer, mutant) => {
      const text = mutated(mutant);
      expect(await soundResult(mutant.killer)).toBe('passes');
      faulty = { path: mutant.file, text };
      expect(await resultOf(mutant.killer)).toBe('fails');
    },
    120_000,
  );
});

describe('TypeScript', () => {
  afterEach(() => {
    jest.resetModules();
    loaded.clear();
  });

  test.each(table(CODE_MUTANTS))(
    '%s: noticed by "%s"',
    async (_fault, _killer, mutant) => {
      const copy = copyOf(mutant);
      jest.resetModules();
      loaded.clear();
      await stopAtFirstFailure();
      expect(await soundResult(mutant.killer)).toBe('passes');
      jest.resetModules();
      loaded.clear();
      await stopAtFirstFailure();
      const original = fileURLToPath(rootUrl(mutant.file));
      jest.unstable_mockModule(original, () => import(copy));
      try {
        expect(await resultOf(mutant.killer)).toBe('fails');
      } finally {
        jest.unstable_unmockModule(original);
      }
    },
    120_000,
  );
});

/** Path of a copy of the module with the fault in it; its imports lead back to the repository. */
function copyOf(mutant: Mutant): string {
  const home = rootUrl(mutant.file);
  const text = mutated(mutant)
    .replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${fileURLToPath(new URL(path, home))}'`)
    .replace(/from '#([^']+)'/g, (_, path: string) => `from '${fileURLToPath(rootUrl(path))}'`)
    .replaceAll('import.meta.url', `'${home.href}'`);
  const folder = mkdtempSync(join(copies, 'copy-'));
  const path = join(folder, 'module.ts');
  writeFileSync(path, text);
  return path;
}
