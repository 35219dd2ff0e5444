/** `npm run eval`: golden cases and, with --safety, prompt injections; any backend by flag, one report. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AGENT_BACKENDS } from '#core/ports/agent-runtime.ts';
import { goldenReport, showGolden } from './golden/report.ts';
import { type EvalSettings, runWorld, type WorldResult } from './golden/run-world.ts';
import { HELD_BACK, WORLDS } from './golden/worlds.ts';
import { ATTACKS } from './safety/attacks.ts';
import { PROFILES } from './safety/models.ts';
import { runAttacks, safetyReport, showSafety, type Tried } from './safety/report.ts';
import { attackedWorkspace } from './safety/workspace.ts';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'playbook' },
    model: { type: 'string' },
    url: { type: 'string' },
    'key-env': { type: 'string' },
    region: { type: 'string' },
    only: { type: 'string' },
    safety: { type: 'boolean', default: false },
    'held-back': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const HELP = `npm run eval -- [options]

  --backend <name>   ${AGENT_BACKENDS.join(', ')}; default playbook
  --model <id>       model of the backend, where it takes one
  --url <address>    of an openai-compatible server, such as http://localhost:11434/v1
  --key-env <name>   environment variable that holds its key
  --region <name>    AWS region of converse and inline-agent
  --only <text>      worlds whose name contains it: ${WORLDS.map(({ name }) => name).join(', ')}
  --held-back        other worlds, with which nothing was tuned
  --safety           prompt injections on scripted models in place of the golden cases: ${ATTACKS.length} attacks each
  --json             one JSON object on stdout
`;

/** What goes into \`agents.json\` of every world. */
function settings(): EvalSettings {
  const { backend, model, url, region } = values;
  if (!(AGENT_BACKENDS as readonly string[]).includes(backend))
    throw new Error(`There is no backend ${backend}`);
  const own = {
    ...(model === undefined ? {} : { model }),
    ...(url === undefined ? {} : { url }),
    ...(values['key-env'] === undefined ? {} : { keyEnv: values['key-env'] }),
    ...(region === undefined ? {} : { region }),
  };
  return { backend, ...(backend === 'playbook' ? {} : { [backend]: own }) } as EvalSettings;
}

/** What was found, as text and as data, and whether all of it holds. */
interface Evaluation {
  readonly text: string;
  readonly report: object;
  readonly holds: boolean;
}

async function golden(folder: string): Promise<Evaluation> {
  const all = values['held-back'] ? HELD_BACK : WORLDS;
  const worlds = all.filter(({ name }) => values.only === undefined || name.includes(values.only));
  const results: WorldResult[] = [];
  for (const world of worlds) {
    const own = join(folder, world.name.replace('/', '-'));
    const result = await runWorld(world, own, settings());
    results.push(result);
    process.stderr.write(`${world.name}: ${result.cases.length} cases\n`);
    rmSync(own, { recursive: true, force: true });
  }
  const report = goldenReport(results, values.only === undefined && !values['held-back']);
  return { text: showGolden(report), report, holds: report.musts.every(({ holds }) => holds) };
}

async function safety(folder: string): Promise<Evaluation> {
  const workspace = await attackedWorkspace(folder);
  try {
    const tried: Tried[] = [];
    for (const profile of PROFILES) {
      tried.push(...(await runAttacks(workspace, ATTACKS, [profile], folder)));
      process.stderr.write(`${profile}: ${ATTACKS.length} attacks\n`);
    }
    const report = safetyReport(tried);
    return { text: showSafety(report), report, holds: report.holds };
  } finally {
    await workspace.close();
  }
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-eval-'));
  const started = performance.now();
  try {
    const { text, report, holds } = await (values.safety ? safety(folder) : golden(folder));
    const seconds = Math.round((performance.now() - started) / 1_000);
    process.stdout.write(
      `${values.json ? JSON.stringify({ ...report, seconds }) : `${text}\n\n${seconds} s`}\n`,
    );
    return holds ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
