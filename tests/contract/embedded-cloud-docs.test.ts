/** The guides of the embedded cloud state what is supported, refused and different; this test keeps them true. */
import { readFileSync } from 'node:fs';
import * as agentSdk from '@aws-sdk/client-bedrock-agent';
import * as runtimeSdk from '@aws-sdk/client-bedrock-agent-runtime';
import * as eventsSdk from '@aws-sdk/client-eventbridge';
import * as schedulerSdk from '@aws-sdk/client-scheduler';
import { CONTROL_ROUTES } from '#local/bedrock/control/routes.ts';
import { RUNTIME_OPERATIONS } from '#local/bedrock/service.ts';
import { EVENT_OPERATIONS, SCHEDULER_OPERATIONS } from '#local/events/service.ts';

const guide = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const BEDROCK = guide('embedded-cloud-bedrock.md');
const EVENTS = guide('embedded-cloud-eventbridge.md');

/** Rows of the first table under a heading, as lists of cells. */
function table(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const listed = (text: string) =>
  table(text, 'Supported operations')
    .flatMap(([, names = '']) => names.split(', '))
    .sort();
const commands = (sdk: object) =>
  Object.keys(sdk).flatMap((name) => (/^[A-Z]\w+Command$/.test(name) ? [name.replace(/Command$/, '')] : []));

test.each<[string, string, readonly string[]]>([
  ['Bedrock Agents', BEDROCK, [...CONTROL_ROUTES.map((route) => route.name), ...RUNTIME_OPERATIONS]],
  ['EventBridge', EVENTS, [...Object.keys(EVENT_OPERATIONS), ...SCHEDULER_OPERATIONS]],
])('the supported operations of %s are those of the code', (_name, text, operations) => {
  expect(listed(text)).toEqual([...operations].sort());
});

test('every operation that is listed is one of the SDK, but ApplyGuardrail, whose client is not installed', () => {
  const known = new Set([agentSdk, runtimeSdk, eventsSdk, schedulerSdk].flatMap(commands));
  expect(known.size).toBeGreaterThan(150);
  expect([...listed(BEDROCK), ...listed(EVENTS)].filter((name) => !known.has(name))).toEqual([
    'ApplyGuardrail',
  ]);
});

/** Which contract test, by its words, proves a row. */
const PROOF: Readonly<Record<string, readonly [file: string, words: string]>> = {
  'A foundation model without a backend': ['bedrock-control', "'a model without a backend'"],
  'A guardrail that is not configured': [
    'bedrock-inline',
    "'an agent with a guardrail that is not there is refused'",
  ],
  'Custom orchestration': ['bedrock-control', "'custom orchestration'"],
  Memory: ['bedrock-control', "'memory of an agent'"],
  'Collaboration of agents': ['bedrock-control', "'collaboration'"],
  'Prompt templates': ['bedrock-control', "'a prompt template'"],
  'The code interpreter': ['bedrock-control', "'the code interpreter'"],
  'A function that is not registered': ['bedrock-control', "'a function that is not registered is refused'"],
  'A tool name over 64 characters': ['bedrock-control', "'a tool name over 64 characters'"],
  'OpenAPI in YAML': ['bedrock-openapi', "['YAML'"],
  'Files in a session': ['bedrock-control', "'files'"],
  'Latency settings': ['bedrock-control', "'a latency setting'"],
  'A data source other than S3': ['bedrock-knowledge', "'a web crawler'"],
  'Semantic search': ['bedrock-knowledge', "'semantic search'"],
  Reranking: ['bedrock-knowledge', "'reranking'"],
  'RetrieveAndGenerate over external sources': ['bedrock-knowledge', "'external sources'"],
  'Status after a change': ['bedrock-control', "'create, read, list, change, delete'"],
  'Updating an alias without routing': ['bedrock-control', "'an alias makes a version that later changes"],
  Retrieval: ['bedrock-knowledge', "'another form of a word'"],
  Score: ['bedrock-knowledge', 'best?.score).toBeLessThan(1)'],
  'Place of a passage': ['bedrock-knowledge', "'a passage is found with its source, its offsets"],
  Citations: [
    'bedrock-knowledge',
    "'an agent searches its knowledge base and its answer carries the citation'",
  ],
  'Parameters of type array': ['bedrock-agents', 'type: \'array\', value: \'["a","b"]\''],
  'Tool of an OpenAPI operation': ['bedrock-openapi', "tool: 'POST__desk__addNote'"],
  'Too many model calls': ['bedrock-agents', "'a model that loops'"],
  'An unreadable answer of the model': [
    'bedrock-agents',
    "'an answer that cannot be read is asked for again",
  ],
  '25 KB of a tool reply': ['bedrock-agents', "'a tool reply over 25 KB'"],
  'A turn that fails': ['bedrock-sessions', 'a failed turn keeps nothing'],
  'A second request in a busy session': [
    'bedrock-sessions',
    "'a second request while the first runs is a conflict",
  ],
  'Prompt attacks': ['bedrock-inline', "'an attack never reaches the model'"],
  'Denied topics': ['bedrock-inline', "'a topic by its example'"],
  'Guardrails and tool replies': ['bedrock-inline', "'a tool reply passes the guardrail as it is'"],
  'A target other than a state machine, a function or a bus': ['eventbridge', "'a queue as target'"],
  'A dead-letter queue': ['eventbridge', "'a dead-letter queue'"],
  'Parameters of other kinds of targets': ['eventbridge', "'parameters of a queue'"],
  'A filter in an input path': ['eventbridge', "'a filter in a path'"],
  'A flexible time window': ['eventbridge-schedules', "'a flexible window'"],
  'A schedule group': ['eventbridge-schedules', "'another group'"],
  'Global endpoints': ['eventbridge', "'a global endpoint is refused'"],
  'Events with a source of AWS': ['eventbridge', "'the source of AWS'"],
  Downtime: ['eventbridge-schedules', 'after a downtime: %s'],
  'Name of an execution': ['eventbridge', "'an event that matches starts the machine with the event'"],
  Order: ['eventbridge', "'deliveries are made in the order of the events'"],
  'Events between buses': ['eventbridge', "'a bus passes events on to another bus, and a circle ends'"],
  'A disabled schedule': [
    'eventbridge-schedules',
    "'nothing is caught up for the time in which a rule was disabled'",
  ],
};

const rows = [BEDROCK, EVENTS].flatMap((text) =>
  ['Refused', 'Where it differs from AWS'].flatMap((heading) =>
    table(text, heading).map(([what = '']) => what),
  ),
);

test('every row of the guides has a test that proves it, and no proof is left over', () => {
  expect(rows.length).toBeGreaterThan(40);
  expect([...rows].sort()).toEqual(Object.keys(PROOF).sort());
});

test.each(Object.entries(PROOF))('%s: its test exists', (_row, [file, words]) => {
  expect(readFileSync(new URL(`./${file}.test.ts`, import.meta.url), 'utf8')).toContain(words);
});
