import {
  controlOf,
  controlsOf,
  isUnknownVersion,
  referenceOf,
  setWorkspaceControls,
} from '#core/controls/registry.ts';
import { fillTemplate, parseDeclaration } from './declaration.ts';
import { controlFrom, controlsFromText, sourcesText } from './declared-control.ts';

const GOOD = {
  id: 'X01',
  title: 'Long calls',
  stage: 'rating',
  compares: 'Charges of long calls against a cap',
  needs: ['rated'],
  scope: 'day',
  noun: ['call', 'calls'],
  tolerance: { seconds: '3600' },
  symptoms: { 'too-long': 'longer than the cap' },
  ruleVersion: '1',
  severity: 'low',
  owner: 'Rating',
  dimensions: ['zone'],
  money: 'What is above the cap',
  explain: '{key} is {symptom}: expected {expected}, charged {charged}, impact {impact}',
};
const SQL = "-- Grain: x\nSELECT 'k' AS key";
const parsed = (over: Record<string, unknown> = {}) =>
  parseDeclaration(JSON.stringify({ ...GOOD, ...over }), 'X01.json');

test('a good declaration makes a check after all others, whose version holds its hash', () => {
  const control = controlFrom({ declaration: parsed({ window: { after: 3 } }), sql: SQL });
  expect(control).toMatchObject({
    id: 'X01',
    grain: 'check',
    scope: 'day',
    window: { after: 3 },
    right: 'none',
  });
  expect(control.ruleVersion).toMatch(/^1\+[0-9a-f]{12}$/);
  expect(Object.isFrozen(control)).toBe(true);
});

// Expected: the field that the message names.
test.each([
  ['an id of the product', { id: 'U06' }, 'id:'],
  ['an id with a path', { id: 'X01/../a' }, 'id:'],
  ['no title', { title: '' }, 'title:'],
  ['a title of two lines', { title: 'a\nb' }, 'title:'],
  ['a dataset that is none', { needs: ['cdrs'] }, 'needs.0:'],
  ['no dataset', { needs: [] }, 'needs:'],
  ['a dataset twice', { needs: ['rated', 'rated'] }, 'needs:'],
  ['a grain that is not for users', { grain: 'record' }, 'grain'],
  ['a scope that is none', { scope: 'year' }, 'scope:'],
  ['a tolerance that is a number', { tolerance: { seconds: 5 } }, 'tolerance.seconds:'],
  ['a tolerance with another name', { tolerance: { hours: '5' } }, 'tolerance'],
  ['a tolerance with SQL in it', { tolerance: { seconds: "1' OR 1" } }, 'tolerance.seconds:'],
  ['no symptom', { symptoms: {} }, 'symptoms:'],
  ['a symptom with a quote', { symptoms: { "a'b": 'x' } }, 'symptoms'],
  ['a window without end', { window: { before: 10_000 } }, 'window.before:'],
  ['a dimension that is none', { dimensions: ['colour'] }, 'dimensions.0:'],
  ['a severity that is none', { severity: 'urgent' }, 'severity:'],
  ['a field that is unknown', { rank: 1 }, 'rank'],
  ['a template with an unknown column', { explain: `${GOOD.explain} {price}` }, 'explain: {price}'],
  ['a template without its money', { explain: '{key} {symptom}' }, 'explain: it must say {expected}'],
])('refuses %s', (_condition, over, field) => {
  expect(() => parsed(over)).toThrow(field);
  expect(() => parsed(over)).toThrow('X01.json');
});

test('what is no JSON is said to be none', () => {
  expect(() => parseDeclaration('{', 'X01.json')).toThrow(/X01\.json.*not JSON/s);
});

test('a template says unknown where a violation has nothing', () => {
  expect(fillTemplate('{key} to {zone}', { key: 'k', zone: null })).toBe('k to unknown');
});

test('the text of a run gives the same controls again, and a change of the SQL is another rule', () => {
  const control = controlFrom({ declaration: parsed(), sql: SQL });
  const [again] = controlsFromText(sourcesText([control]), 'controls.json');
  expect(again && referenceOf(again)).toBe(referenceOf(control));
  const changed = controlFrom({ declaration: parsed(), sql: `${SQL} ` });
  expect(changed.ruleVersion).not.toBe(control.ruleVersion);
});

test('the registry: an old version stays known by its reference, two of one id are refused', () => {
  const old = controlFrom({ declaration: parsed(), sql: SQL });
  const now = controlFrom({ declaration: parsed({ ruleVersion: '2' }), sql: SQL });
  expect(isUnknownVersion(referenceOf(old))).toBe(true);
  setWorkspaceControls([old]);
  setWorkspaceControls([now]);
  expect(controlOf('X01')).toBe(now);
  expect(controlOf(referenceOf(old))).toBe(old);
  expect(controlsOf([referenceOf(old), 'U06']).map(({ id }) => id)).toEqual(['U06', 'X01']);
  expect(() => setWorkspaceControls([old, now])).toThrow('two controls "X01"');
  setWorkspaceControls([]);
  expect(controlsOf().some(({ id }) => id === 'X01')).toBe(false);
});
