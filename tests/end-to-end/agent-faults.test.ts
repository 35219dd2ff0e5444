/**
 * The whole investigation, from the state machine to the proposal, with an agent behind an OpenAI-compatible server that
 * replays recorded tool calls: however the server fails, it ends the same way.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitExecution, outputOf, startExecution } from '#apps/host/executions.ts';
import { ingest } from '#apps/host/ingest.ts';
import { reconcile } from '#apps/host/runs.ts';
import { generateSample } from '#apps/host/sample.ts';
import { type Host, openHost } from '#apps/host.ts';
import { traceFile } from '#core/investigation/run-files.ts';
import {
  chatReply,
  modelServer,
  type Said,
  type WireCall,
  type WireReply,
} from '#tests/support/model-server.ts';
import { temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
const quiet = () => {};
let about: { readonly caseId: string; readonly findingId: string; readonly runId: string };
/** What the model said in the recorded investigation, in order. */
let recorded: readonly Said[];
let expected: { readonly proposalHash: string; readonly remedy: string };

beforeAll(async () => {
  const out = join(folder.path, 'sample');
  await generateSample({ out, seed: 3, subscribers: 120, days: 7, onProgress: quiet });
  await ingest({ home, path: join(out, 'feeds'), keepData: false, onProgress: quiet });
  const host = await openHost({ home });
  try {
    const request = { period: '2026-10', materialFrom: '2.00', asOf: '2026-11-04', onProgress: quiet };
    await reconcile(host, { ...request, name: 'recorded' });
    about = await explainedCase(host);
    recorded = await recordingOf(host);
  } finally {
    await host.close();
  }
}, 120_000);
afterAll(() => folder.remove());

/** A case whose cause the playbook found, with the most claims. */
async function explainedCase(host: Host): Promise<typeof about> {
  const cases = await host.stores.cases.listCases();
  const found = await Promise.all(
    cases.map(async ({ caseId, findingId, runId }) => {
      const proposal = await host.stores.cases.latestProposal(caseId);
      return { about: { caseId, findingId, runId }, claims: proposal?.explanation.claims.length ?? 0 };
    }),
  );
  const [best] = found.sort((a, b) => b.claims - a.claims);
  if (best === undefined || best.claims < 3) throw new Error('the sample has no explained case');
  return best.about;
}

/** What the model said, read from the trace of the recorded investigation. */
async function recordingOf(host: Host): Promise<Said[]> {
  const { traces } = JSON.parse(await host.stores.runs.readText(traceFile(about.runId, about.caseId)));
  // biome-ignore lint/suspicious/noExplicitAny: looks into traces
  return traces.flatMap((envelope: any) => {
    const raw = envelope.trace.orchestrationTrace?.modelInvocationOutput?.rawResponse?.content;
    if (raw === undefined) return [];
    const content: { text?: string; toolUse?: { name: string; input: unknown; toolUseId: string } }[] =
      JSON.parse(raw).message.content;
    const calls = content.flatMap(({ toolUse }) =>
      toolUse === undefined ? [] : [{ tool: toolUse.name, input: toolUse.input, id: toolUse.toolUseId }],
    );
    const text = content.map((block) => block.text ?? '').join('');
    return [{ ...(text === '' ? {} : { text }), ...(calls.length === 0 ? {} : { calls }) }];
  });
}

type Fault = (index: number, said: Said) => WireReply | undefined;
let executions = 0;

/** Runs the state machine with an agent behind a server that replays the recording and fails as told. */
async function investigate(fault: Fault) {
  const replay = ({ body }: WireCall, index: number): WireReply => {
    const answers = body.messages.filter(({ role }: { role: string }) => role === 'assistant').length;
    const said = recorded[answers] ?? { text: 'The recording is over.' };
    return fault(index, said) ?? { kind: 'json', body: chatReply(said, answers) };
  };
  const server = await modelServer('http1', replay);
  writeFileSync(
    join(home, 'agents.json'),
    JSON.stringify({
      backend: 'openai-compatible',
      'openai-compatible': { url: `${server.url}/v1`, model: 'replay' },
    }),
  );
  const host = await openHost({ home });
  try {
    executions += 1;
    const input = { ...about, asOf: '2026-11-04' };
    const arn = await startExecution(host.sfn, 'investigation', `replayed-${executions}`, input);
    const result = outputOf(await awaitExecution(host.sfn, arn)) as typeof expected;
    const proposal = await host.stores.cases.latestProposal(about.caseId);
    return { result, proposal, calls: server.calls };
  } finally {
    await host.close();
    await server.close();
  }
}

const throttled: WireReply = {
  kind: 'json',
  status: 429,
  headers: { 'retry-after': '0' },
  body: 'slow down',
};
const failing: WireReply = { kind: 'json', status: 500, body: 'out of memory' };
const garbage: WireReply = { kind: 'json', body: '{"choices": [{"mess' };

test('without faults the proposal has the claims of the recording, and says who answered', async () => {
  const { result, proposal, calls } = await investigate(() => undefined);
  expected = result;
  expect(proposal?.proposalHash).toBe(result.proposalHash);
  expect(proposal?.proposedBy).toBe('agent:openai-compatible/replay');
  expect(proposal?.explanation.claims.length).toBeGreaterThanOrEqual(3);
  expect(calls).toHaveLength(recorded.length);
}, 30_000);

test.each<[string, Fault]>([
  ['too many requests, twice', (index) => ([0, 2].includes(index) ? throttled : undefined)],
  ['an error of the server', (index) => (index === 1 ? failing : undefined)],
  ['a connection that is reset', (index) => (index === 1 ? { kind: 'reset' } : undefined)],
  ['a reply that is not JSON', (index) => (index === 2 ? garbage : undefined)],
  [
    'a reply that breaks off',
    (index, said) => (index === 1 ? { kind: 'cut', body: chatReply(said, 1) } : undefined),
  ],
  [
    'calls that all have one id',
    (_index, said) => ({
      kind: 'json',
      body: chatReply({ ...said, calls: said.calls?.map((call) => ({ ...call, id: 'call_0' })) ?? [] }, 0),
    }),
  ],
  ['answers that are slow', (index, said) => ({ kind: 'json', body: chatReply(said, index), afterMs: 150 })],
])(
  '%s: the same proposal',
  async (_name, fault) => {
    const { result } = await investigate(fault);
    expect(result).toEqual(expected);
  },
  30_000,
);

test.each<[string, Fault]>([
  ['too many requests for ever', () => throttled],
  ['no JSON for ever', () => garbage],
])(
  '%s: the case goes to a person, and nothing is claimed',
  async (_name, fault) => {
    const { result, proposal } = await investigate(fault);
    expect(result).toMatchObject({ remedy: 'ticket-only' });
    expect(proposal).toMatchObject({
      proposedBy: 'agent:none',
      cause: '',
      ticket: { description: expect.stringContaining('The investigating agent failed') },
      explanation: { claims: [] },
      changeId: null,
    });
  },
  30_000,
);
