import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES } from '#core/domain/errors.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every file that git tracks or would track. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && existsSync(join(root, name)));

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const sources = files.filter((name) => /\.(ts|mjs)$/.test(name));
const product = sources.filter((name) => !/\.test\.ts$/.test(name) && !name.startsWith('tests/'));

/** `file:line  text` for each line of these files that matches. */
function findLines(names: readonly string[], pattern: RegExp): string[] {
  return names.flatMap((name) =>
    read(name)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${name}:${i + 1}  ${line.trim()}`] : [])),
  );
}

const inside = (...folders: string[]): string[] =>
  product.filter((name) => folders.some((folder) => name.startsWith(`${folder}/`)));
const subfolders = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

test('the tidy test looks at the files', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(inside('core').length).toBeGreaterThan(40);
});

describe('the core is deterministic', () => {
  test.each([
    ['Date.now', /\bDate\.now\(/, 'take the time from ports/clock.ts'],
    ['new Date() without an argument', /new Date\(\)/, 'take the time from ports/clock.ts'],
    ['Math.random', /Math\.random/, 'pass a seed'],
    ['process.env', /process\.env/, 'pass configuration as an argument'],
    ['locale-dependent text', /\.toLocale[A-Z]|localeCompare\(/, 'compare and format without a locale'],
  ])('core has no %s', (_name, pattern, instead) => {
    expect({ found: findLines(inside('core'), pattern), instead }).toEqual({ found: [], instead });
  });
});

describe('money is exact', () => {
  test.each([
    ['parseFloat', /parseFloat\(/, 'parseMoney'],
    ['toFixed', /\.toFixed\(/, 'decimalString or rescale'],
    [
      'an amount that is a number',
      /\b(amount|impact|charged|expected|price|fee): number\b/,
      'Money or a decimal string',
    ],
  ])('core, tools, adapters and agents have no %s', (_name, pattern, instead) => {
    const names = inside('core', 'tools', 'adapters', 'agents');
    expect({ found: findLines(names, pattern), instead }).toEqual({ found: [], instead });
  });

  test('SQL has no floating-point type', () => {
    const sql = files.filter((name) => name.endsWith('.sql') && !name.startsWith('tests/'));
    expect(sql.length).toBeGreaterThan(8);
    expect(findLines(sql, /\b(DOUBLE|FLOAT|REAL)\b|\bavg\(/i)).toEqual([]);
  });
});

describe('folders have their shape', () => {
  test('a control is four files', () => {
    const controls = subfolders('core/controls').filter((name) => name !== 'declared');
    expect(controls.length).toBeGreaterThanOrEqual(8);
    for (const name of controls) {
      for (const file of ['control.ts', 'match.sql', 'control.test.ts', 'README.md']) {
        expect(`${name}/${file} ${existsSync(join(root, 'core/controls', name, file))}`).toBe(
          `${name}/${file} true`,
        );
      }
    }
  });

  test('a tool is four files', () => {
    const tools = subfolders('tools');
    expect(tools.length).toBeGreaterThanOrEqual(12);
    for (const name of tools) {
      for (const file of ['schema.ts', 'tool.ts', 'handler.ts', 'tool.test.ts']) {
        expect(`${name}/${file} ${existsSync(join(root, 'tools', name, file))}`).toBe(`${name}/${file} true`);
      }
    }
  });

  test('a handler is a thin shell of at most 60 lines', () => {
    const handlers = files.filter((name) => /^tools\/[^/]+\/handler\.ts$/.test(name));
    expect(handlers.filter((name) => read(name).split('\n').length > 61)).toEqual([]);
  });

  test.each([
    'agents',
    'prompts',
    'tools',
    'statemachines',
    'infra',
    'core',
    'adapters',
    'local',
    'sample',
    'apps',
    'tests',
  ])('%s/README.md says what it owns, what it does not, its invariants and its words', (folder) => {
    const text = read(`${folder}/README.md`);
    for (const heading of ['Owns', 'Does not own', 'Invariants', 'Words'])
      expect(text).toMatch(new RegExp(`^#+ ${heading}`, 'm'));
  });

  test('every decision is dated and has a status', () => {
    const decisions = files.filter(
      (name) => /^docs\/decisions\/.*\.md$/.test(name) && !name.endsWith('README.md'),
    );
    expect(decisions.length).toBeGreaterThan(3);
    for (const name of decisions) {
      expect(name).toMatch(/\/\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$/);
      expect(read(name)).toMatch(/^Status: (accepted|superseded by .+)$/m);
    }
  });
});

describe('names and sizes', () => {
  test('every ErrorEquals of a state machine is an error that somebody raises', () => {
    const machines = files.filter((name) => name.endsWith('.asl.json'));
    expect(machines.length).toBeGreaterThanOrEqual(3);
    const known = new Set(Object.keys(ERROR_CODES));
    const unknown = machines.flatMap((name) =>
      [...read(name).matchAll(/"ErrorEquals"\s*:\s*\[([^\]]*)\]/g)]
        .flatMap((match) => [...(match[1] ?? '').matchAll(/"([^"]+)"/g)].map((m) => m[1] ?? ''))
        .filter((error) => !known.has(error) && !/^(States|Lambda)\./.test(error))
        .map((error) => `${name}: ${error}`),
    );
    expect(unknown).toEqual([]);
  });

  test('no source file is longer than 400 lines', () => {
    const long = product.filter((name) => read(name).split('\n').length > 400);
    expect(long).toEqual([]);
  });

  test('every .sql file is read by some source file', () => {
    const text = product.map(read).join('\n');
    const orphans = files.filter(
      (name) =>
        name.endsWith('.sql') && !name.endsWith('/match.sql') && !text.includes(name.split('/').at(-1) ?? ''),
    );
    expect(orphans).toEqual([]);
  });

  test('nothing names a place outside the repository, and nothing admits unfinished work', () => {
    const prose = files.filter(
      (name) =>
        /\.(ts|mjs|md|json|sql)$/.test(name) && name !== 'tests/tidy.test.ts' && name !== 'package-lock.json',
    );
    expect(findLines(prose, /\/work\/|\.\.\/shared|TODO|FIXME|not implemented/i)).toEqual([]);
  });

  test('no test says only that something should work', () => {
    expect(
      findLines(
        sources.filter((name) => name !== 'tests/tidy.test.ts'),
        /should work|works correctly/,
      ),
    ).toEqual([]);
  });
});
