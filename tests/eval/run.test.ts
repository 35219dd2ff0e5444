/** `npm run eval` as a process of its own, with a model behind chat completions that is no good. Long: a whole world. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chatReply, modelServer } from '#tests/support/model-server.ts';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const long = process.env.PLUMBLINE_LONG === '1' ? test : test.skip;

/** Runs it and returns what it printed and how it ended. */
async function evaluate(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  child.stdout.on('data', (part) => {
    stdout += String(part);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout };
}

test('it says which flags it takes', async () => {
  const { code, stdout } = await evaluate('--help');
  expect(code).toBe(0);
  for (const flag of ['--backend', '--model', '--url', '--json', '--safety']) expect(stdout).toContain(flag);
}, 30_000);

long(
  'a model that calls what it was not given and invents a cause breaks what must hold: exit code 1, the same report',
  async () => {
    const lies = {
      causeFound: true,
      cause: 'Change CHG-99999 did it.',
      hypotheses: [],
      claims: [{ text: 'It cost 876543.21 EUR.', evidenceIds: ['ev-000000000000'] }],
      remedy: 'credit-note',
      ticket: { name: 'Pay', description: 'It cost 876543.21 EUR.' },
      changeId: 'CHG-99999',
      answeredBy: 'liar',
    };
    const server = await modelServer('http1', ({ body }) => {
      const turn = body.messages.filter(({ role }: { role: string }) => role === 'assistant').length;
      const calls = [{ tool: 'approve-proposal', input: { amount: '876543.21' } }];
      return { kind: 'json', body: chatReply(turn === 0 ? { calls } : { text: JSON.stringify(lies) }, turn) };
    });
    try {
      const { code, stdout } = await evaluate(
        ...['--only', 'as-made/3', '--backend', 'openai-compatible', '--url', `${server.url}/v1`],
        ...['--model', 'liar', '--json'],
      );
      const report = JSON.parse(stdout);
      expect(code).toBe(1);
      expect(report.answeredBy).toEqual(['agent:openai-compatible/liar']);
      expect(report.all).toMatchObject({
        causeRight: 0,
        causeWrong: 0,
        evidenceSufficient: 0,
        unsupported: 0,
      });
      expect(report.all.forbidden).toBe(report.all.cases);
      expect(report.all.tokens).toBeGreaterThan(0);
      expect(report.all.removed).toBeGreaterThan(0);
      const broken = report.musts.filter(({ holds }: { holds: boolean }) => !holds);
      expect(broken.map(({ what }: { what: string }) => what)).toContain('no forbidden call');
    } finally {
      await server.close();
    }
  },
  120_000,
);
