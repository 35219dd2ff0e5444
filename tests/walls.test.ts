import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lints one import as if it stood at `path`, under this repository's rules; true when it hits a wall. */
function hitsWall(path: string, specifier: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-walls-'));
  try {
    const rules = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...rules, vcs: { enabled: false } }));
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `import '${specifier}';\n`);
    const biome = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', path], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (!`${biome.stdout}${biome.stderr}`.includes('Checked 1 file')) throw new Error(biome.stderr);
    return biome.stderr.includes('lint/style/noRestrictedImports');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('import walls', () => {
  test.each([
    ['core/domain/x.ts', '#core/ports/clock.ts'],
    ['core/domain/x.ts', 'zod'],
    ['core/domain/x.ts', 'node:fs'],
    ['core/ports/x.ts', '@duckdb/node-api'],
    ['core/rating/x.ts', '#core/controls/control.ts'],
    ['core/controls/u06-missing-downstream/x.ts', '#core/controls/u07-ghost/control.ts'],
    ['core/controls/u06-missing-downstream/x.ts', '../u07-ghost/control.ts'],
    ['core/reconcile/x.ts', '#adapters/local/warehouse.ts'],
    ['core/cases/x.ts', 'node:fs'],
    ['core/matching/x.ts', '#core/controls/control.ts'],
    ['core/kpi/x.ts', '@duckdb/node-api'],
    ['core/agent-tool/x.ts', '#core/cases/remedy.ts'],
    ['core/learning/x.ts', 'node:fs'],
    ['core/learning/x.ts', '#core/reconcile/engine-ports.ts'],
    ['core/connectors/x.ts', '#core/reconcile/engine-ports.ts'],
    ['core/controls/declared/x.ts', '#core/rating/rate.ts'],
    ['adapters/aws/x.ts', '#adapters/local/warehouse.ts'],
    ['adapters/aws/x.ts', '#local/index.ts'],
    ['adapters/store/x.ts', '#tools/open-case/tool.ts'],
    ['prompts/x.ts', '#agents/guardrail.ts'],
    ['adapters/local/x.ts', '#tools/reconcile/tool.ts'],
    ['adapters/local/x.ts', '#local/index.ts'],
    ['adapters/model/x.ts', '#local/index.ts'],
    ['adapters/model/x.ts', '#adapters/bedrock/agent-runtime.ts'],
    ['tools/reconcile/tool.ts', '#adapters/local/warehouse.ts'],
    ['tools/reconcile/tool.ts', '#tools/plan-run/tool.ts'],
    ['tools/reconcile/handler.ts', '#apps/host.ts'],
    ['tools/reconcile/schema.ts', '#core/reconcile/engine.ts'],
    ['agents/investigator/x.ts', '#tools/usage-query/tool.ts'],
    ['agents/investigator/x.ts', '#adapters/local/warehouse.ts'],
    ['local/x.ts', '#core/domain/money.ts'],
    ['local/x.ts', '../core/domain/money.ts'],
    ['sample/x.ts', '#core/rating/rate.ts'],
    ['sample/x.ts', '#core/reconcile/engine.ts'],
    ['apps/cli/x.ts', '#sample/generate.ts'],
    ['apps/cli/x.ts', '#adapters/local/lake.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(hitsWall(path, specifier)).toBe(true);
  });

  test.each([
    ['core/domain/x.ts', './money.ts'],
    ['core/controls/u06-missing-downstream/x.ts', '#core/domain/money.ts'],
    ['adapters/model/x.ts', '#local/bedrock/agent-loop.ts'],
    ['tools/reconcile/handler.ts', '@middy/core'],
    ['agents/investigator/x.ts', '#tools/usage-query/schema.ts'],
    ['sample/x.ts', '@duckdb/node-api'],
    ['apps/cli/x.ts', '#apps/host.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(hitsWall(path, specifier)).toBe(false);
  });
});
