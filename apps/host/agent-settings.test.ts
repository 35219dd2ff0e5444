import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AGENT_SETTINGS_FILE,
  choiceFor,
  choicesFor,
  type Environment,
  modelKey,
  priceOf,
  readAgentSettings,
} from './agent-settings.ts';

const AGENT = 'investigator';
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plumbline-settings-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const settingsOf = (file: unknown, env: Environment = {}) => {
  if (file !== undefined)
    writeFileSync(join(home, AGENT_SETTINGS_FILE), typeof file === 'string' ? file : JSON.stringify(file));
  return readAgentSettings(home, env);
};

const LOCAL = { url: 'http://localhost:11434/v1', model: 'qwen3:8b' };

test.each<[string, unknown, Environment, object]>([
  ['nothing is set', undefined, {}, { backend: 'playbook' }],
  ['a variable that is set to nothing', undefined, { PLUMBLINE_AGENT_BACKEND: '' }, { backend: 'playbook' }],
  [
    'a file',
    { backend: 'openai-compatible', 'openai-compatible': LOCAL },
    {},
    { backend: 'openai-compatible', ...LOCAL },
  ],
  [
    'variables alone',
    undefined,
    {
      PLUMBLINE_AGENT_BACKEND: 'openai-compatible',
      PLUMBLINE_MODEL_URL: LOCAL.url,
      PLUMBLINE_MODEL: LOCAL.model,
    },
    { backend: 'openai-compatible', ...LOCAL },
  ],
  [
    'a variable over the file',
    { backend: 'openai-compatible', 'openai-compatible': LOCAL },
    { PLUMBLINE_MODEL: 'llama3' },
    { model: 'llama3', url: LOCAL.url },
  ],
  [
    'the model of Converse by variable',
    {},
    { PLUMBLINE_AGENT_BACKEND: 'converse', PLUMBLINE_MODEL: 'amazon.nova-pro-v1:0' },
    { backend: 'converse', model: 'amazon.nova-pro-v1:0' },
  ],
  [
    'one agent otherwise than the rest',
    {
      agents: { [AGENT]: { backend: 'converse', model: 'm2' } },
      converse: { model: 'm1', region: 'eu-central-1' },
    },
    {},
    { backend: 'converse', model: 'm2' },
  ],
  [
    'a deployed agent',
    {
      backend: 'bedrock-agent',
      'bedrock-agent': { agents: { [AGENT]: { agentId: 'AB', agentAliasId: 'LIVE' } } },
    },
    {},
    { backend: 'bedrock-agent', agentId: 'AB', agentAliasId: 'LIVE' },
  ],
])('%s', async (_name, file, env, expected) => {
  expect(choiceFor(await settingsOf(file, env), AGENT)).toMatchObject(expected);
});

test.each<[string, unknown, Environment, RegExp]>([
  ['a file that is not JSON', '{', {}, /agents\.json.*not JSON/],
  ['an unknown backend', { backend: 'gpt' }, {}, /backend: .*playbook/],
  ['an unknown setting', { modell: 'x' }, {}, /modell/],
  [
    'an address without protocol',
    { 'openai-compatible': { url: 'localhost:11434' } },
    {},
    /url: must be an address/,
  ],
  [
    'a price as a number',
    { prices: { m: { inputUsdPerMillion: 3, outputUsdPerMillion: '1' } } },
    {},
    /prices\.m/,
  ],
  ['an unknown backend by variable', {}, { PLUMBLINE_AGENT_BACKEND: 'ollama' }, /ollama is none of playbook/],
  ['an address that is none, by variable', {}, { PLUMBLINE_MODEL_URL: 'ollama' }, /PLUMBLINE_MODEL_URL/],
  ['a model without a backend', {}, { PLUMBLINE_MODEL: 'x' }, /playbook takes no model/],
  [
    'an unknown agent',
    { agents: { investigatr: {} } },
    {},
    /investigatr: there is no such agent, only investigator/,
  ],
  ['no model', { backend: 'converse' }, {}, /the model is missing.*PLUMBLINE_MODEL/],
  [
    'no address',
    { backend: 'openai-compatible', 'openai-compatible': { model: 'm' } },
    {},
    /the address is missing.*PLUMBLINE_MODEL_URL/,
  ],
  ['no deployed agent', { backend: 'bedrock-agent' }, {}, /bedrock-agent\.agents\.investigator/],
])('%s is refused', async (_name, file, env, message) => {
  const read = settingsOf(file, env).then((settings) => choicesFor(settings, [AGENT]));
  await expect(read).rejects.toMatchObject({ name: 'UsageError', message: expect.stringMatching(message) });
});

test('a key comes from the variable that is named, which must be set, else from PLUMBLINE_MODEL_KEY', () => {
  expect(modelKey('MY_KEY', { MY_KEY: 'k', PLUMBLINE_MODEL_KEY: 'other' })).toBe('k');
  expect(modelKey(undefined, { PLUMBLINE_MODEL_KEY: 'other' })).toBe('other');
  expect(modelKey(undefined, {})).toBeUndefined();
  expect(() => modelKey('MY_KEY', {})).toThrow(/MY_KEY, which is not set/);
});

test('a price is found by the model with or without its backend', async () => {
  const price = { inputUsdPerMillion: '0.8', outputUsdPerMillion: '3.2' };
  const settings = await settingsOf({ prices: { 'amazon.nova-pro-v1:0': price } });
  expect(priceOf(settings, 'converse/amazon.nova-pro-v1:0')).toEqual(price);
  expect(priceOf(settings, 'amazon.nova-pro-v1:0')).toEqual(price);
  expect(priceOf(settings, 'converse/other')).toBeUndefined();
});
