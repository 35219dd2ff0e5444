import { format } from 'node:util';

type Run = () => unknown;

/** The tests of one file, to be run one by one, as often as needed. */
export interface CapturedFile {
  readonly names: readonly string[];
  /** Runs one test with the hooks around it. Rejects as the test does; throws when there is none, or several, of the name. */
  run(name: string): Promise<void>;
}

/**
 * Loads a test file without registering its tests: `test`, `describe` and the hooks note down what they are given.
 * Names are those of the innermost test, as Jest prints them for tables with `%s` and `$condition`.
 */
export async function captured(load: () => Promise<unknown>): Promise<CapturedFile> {
  const tests: { readonly name: string; readonly run: Run }[] = [];
  const hooks = {
    beforeAll: [] as Run[],
    beforeEach: [] as Run[],
    afterEach: [] as Run[],
    afterAll: [] as Run[],
  };
  const note = (name: string, run: Run) => tests.push({ name, run });
  const capture = {
    test: Object.assign(note, { each: eachOf(note) }),
    describe: Object.assign((_name: string, body: Run) => body(), { each: eachOf((_name, body) => body()) }),
    beforeAll: (run: Run) => hooks.beforeAll.push(run),
    beforeEach: (run: Run) => hooks.beforeEach.push(run),
    afterEach: (run: Run) => hooks.afterEach.push(run),
    afterAll: (run: Run) => hooks.afterAll.push(run),
  };
  const scope = globalThis as unknown as Record<string, unknown>;
  const real = Object.keys(capture).map((name) => [name, scope[name]] as const);
  Object.assign(scope, capture);
  try {
    await load();
  } finally {
    Object.assign(scope, Object.fromEntries(real));
  }
  return {
    names: tests.map(({ name }) => name),
    async run(name) {
      const own = tests.filter((test) => test.name === name);
      if (own.length !== 1) throw new Error(`${own.length} tests are named "${name}"`);
      const after = [...hooks.afterEach, ...hooks.afterAll];
      try {
        for (const hook of [...hooks.beforeAll, ...hooks.beforeEach]) await hook();
        await own[0]?.run();
      } catch (error) {
        // What the test found counts, not what clearing up stumbles over after it.
        await Promise.allSettled(after.map(async (hook) => hook()));
        throw error;
      }
      for (const hook of after) await hook();
    },
  };
}

function eachOf(note: (name: string, run: Run) => unknown) {
  return (rows: readonly unknown[]) => (title: string, body: (...values: unknown[]) => unknown) => {
    for (const row of rows) {
      const values = Array.isArray(row) ? row : [row];
      note(titleOf(title, values), () => body(...values));
    }
  };
}

function titleOf(title: string, values: readonly unknown[]): string {
  const [first] = values;
  if (typeof first === 'object' && first !== null && title.includes('$'))
    return title.replace(/\$(\w+)/g, (_, name: string) => String((first as Record<string, unknown>)[name]));
  // As many values as the title has places: the rest would be appended.
  const places = title.match(/%[sdij]/g)?.length ?? 0;
  return format(title, ...values.slice(0, places));
}
