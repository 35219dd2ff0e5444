import { readFile } from 'node:fs/promises';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { DATASET_NAMES, DATASETS } from '#core/domain/datasets.ts';
import { DIMENSIONS, type Violation } from '#core/domain/violation.ts';
import { freshnessOf, readBy, SEVERITIES, STAGES } from './control.ts';
import { CONTROLS, controlOf, controlsOf } from './registry.ts';

/** Checks of sums of a day or month, of which no single record is wrong. */
const SUMS = ['R05', 'U14'];

test('ids and ranks are unique, and the list is in attribution order', () => {
  expect(new Set(CONTROLS.map(({ id }) => id)).size).toBe(CONTROLS.length);
  const ranks = CONTROLS.map(({ rank }) => rank);
  expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
});

describe.each(CONTROLS.map((control) => [control.id, control] as const))('%s', (id, control) => {
  test('is frozen and names what exists', () => {
    expect(Object.isFrozen(control)).toBe(true);
    expect(STAGES).toContain(control.stage);
    for (const name of control.needs) expect(DATASET_NAMES).toContain(name);
    for (const name of control.dimensions) expect(DIMENSIONS).toContain(name);
    expect(Object.keys(control.symptoms).length).toBeGreaterThan(0);
  });

  test('its SQL states its grain first, divides nothing, and has no parameter but its tolerances', async () => {
    const sql = await readSqlFile(control.match);
    expect(control.match.pathname).toContain(`/${id.toLowerCase()}-`);
    expect(sql.split('\n')[0]).toMatch(/^-- Grain: /);
    const code = sql.replace(/--.*/g, '');
    expect(code).not.toMatch(/[^/]\/[^/]/);
    const parameters = [...code.matchAll(/\$(\w+)/g)].map((match) => match[1]);
    expect([...new Set(parameters)].sort()).toEqual(Object.keys(control.tolerance).sort());
  });

  test('its symptoms are those that its SQL yields', async () => {
    const sql = await readSqlFile(control.match);
    // At hops the symptom is named where the hops are counted.
    if (control.grain === 'hop') return;
    for (const symptom of Object.keys(control.symptoms)) expect(sql).toContain(`'${symptom}'`);
  });

  test('its README says in about ten lines what it compares, reads, counts and leaves to others', async () => {
    const text = await readFile(new URL('README.md', control.match), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(15);
    expect(text).toMatch(new RegExp(`^# ${id} `));
    for (const part of [
      'Compares',
      'Reads ',
      'Money: ',
      'Cases and their expected outcomes: `control.test.ts`',
    ])
      expect(text).toContain(part);
  });

  test('has a severity, an owner, and says how fresh its inputs must be', () => {
    expect(SEVERITIES).toContain(control.severity);
    expect(control.owner).toMatch(/^[A-Z][a-z ]+/);
    for (const dataset of readBy(control)) expect(freshnessOf(control)).toContain(dataset);
    if (control.grain === 'check') expect(control.scope).toMatch(/^(day|month)$/);
  });

  test('its test is a table on the real warehouse, with a row for what it cannot look at', async () => {
    const text = await readFile(new URL('control.test.ts', control.match), 'utf8');
    expect(text).toContain('test.each(');
    expect(text).toContain('auditControl(');
    expect(text).toContain("'breach'");
    if (control.needs.some((name) => DATASETS[name].kind === 'event'))
      expect(text).toContain("'inconclusive'");
  });

  test('where money has two tolerances, the larger wins', async () => {
    const { absolute_eur, relative_per_mille } = control.tolerance;
    if (absolute_eur === undefined || relative_per_mille === undefined) return;
    expect(await readSqlFile(control.match)).toMatch(
      /greatest\(\s*CAST\(\$absolute_eur AS DECIMAL\(18,6\)\),\s*abs\(\w*\.?[^)]+\) \* CAST\(\$relative_per_mille/,
    );
  });

  test('a check names a record with its file, offset and hash, unless it is about a sum of many', async () => {
    if (control.grain !== 'check' || SUMS.includes(id)) return;
    const sql = await readSqlFile(control.match);
    const side = /AS left_id/.test(sql) ? 'left' : 'right';
    for (const part of ['dataset', 'id', 'file', 'offset', 'hash'])
      expect(sql).toContain(`AS ${side}_${part}`);
  });

  test('explains a violation in one sentence with its key, symptom and amounts', () => {
    const [symptom = ''] = Object.keys(control.symptoms);
    const violation = {
      key: 'k-1',
      symptom,
      expected: '1.500000',
      charged: '0.500000',
      impact: '1.000000',
      currency: 'EUR',
      dt: '2026-10-14',
      records: 3,
    } as Violation;
    const sentence = control.explain(violation);
    for (const part of ['k-1', symptom, '1.500000', '0.500000', '1.000000']) expect(sentence).toContain(part);
    expect(sentence).not.toContain('\n');
  });
});

test.each([
  ['none asked for', undefined, CONTROLS.length],
  ['two, in attribution order', ['R01', 'U06'], 2],
])('controlsOf: %s', (_condition, ids, count) => {
  const found = controlsOf(ids);
  expect(found).toHaveLength(count);
  expect(found.map(({ rank }) => rank)).toEqual(found.map(({ rank }) => rank).toSorted((a, b) => a - b));
});

test('an unknown control is refused with those that are known', () => {
  expect(() => controlOf('x99')).toThrow(/no control "x99".*U06/s);
});
