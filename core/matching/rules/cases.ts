import { PlumblineError } from '#core/domain/errors.ts';
import { type Decimal, parseDecimal, plus } from './decimal.ts';
import { groupOf } from './group.ts';
import { parseInstant } from './instant.ts';
import { NumberLiteral, parseLiteralJson } from './literal-json.ts';
import { type MatchDecision, matchByRules } from './match.ts';
import {
  type Comparable,
  type Criterion,
  DRIFT_NAMES,
  FIELDS,
  type Field,
  type MatchingRule,
  parseDrift,
  validateRules,
} from './rule.ts';

/** What became of one case: a decision, or the error that says why it could not be judged. */
export interface CaseOutcome {
  readonly id: string | number;
  readonly decision?: MatchDecision;
  readonly error?: PlumblineError;
  /** What the case says should come out, where it does. */
  readonly expected?: boolean;
}

/** How texts of a group's records stand in one text. */
export const GROUP_SEPARATOR = ' | ';
/** Stands for the currency of a group that has several. Equals nothing: see README.md. */
const MIXED = 'MIXED';

type Shape = Readonly<Record<string, unknown>>;

/** Unit of `drift` by field: `driftUnit` of a case must begin with it. */
const DRIFT_UNITS: Readonly<Record<Field, string>> = {
  amount: 'fraction',
  date: 'seconds',
  description: 'percent',
  reference: 'percent',
  currency: 'percent',
};

/**
 * Judges the cases of a file: JSON Lines, a JSON array, or an object with `cases`. Each case is judged alone: what is
 * wrong with one stands in its outcome. Throws SchemaMismatch when the text holds no cases at all.
 */
export function judgeCases(text: string, where: string): CaseOutcome[] {
  const outcomes = casesIn(text, where).map(({ value, line, syntax }, index) => {
    const id = idOf(value) ?? `line-${line}`;
    const expected = isShape(value) && typeof value.match === 'boolean' ? { expected: value.match } : {};
    try {
      if (syntax !== undefined) throw malformed(`${where}:${line}`, `it is not JSON (${syntax})`);
      if (!isShape(value)) throw malformed(`${where}:${line}`, 'it is not a JSON object');
      if (idOf(value) === undefined) throw malformed(`${where}, case ${index + 1}`, 'it has no id');
      return { id, decision: judge(value, `${where}, case ${id}`), ...expected };
    } catch (error) {
      if (!(error instanceof PlumblineError)) throw error;
      return { id, error, ...expected };
    }
  });
  if (outcomes.length > 0) return outcomes;
  throw new PlumblineError('EmptyFile', { what: 'There are no cases', where });
}

interface FoundCase {
  readonly value: unknown;
  readonly line: number;
  readonly syntax?: string;
}

function casesIn(text: string, where: string): FoundCase[] {
  const content = text.replace(/^\uFEFF/, '');
  const whole = tryParse(content);
  if (whole.syntax === undefined) {
    const list = isShape(whole.value) && 'cases' in whole.value ? whole.value.cases : whole.value;
    if (Array.isArray(list)) return list.map((value, index) => ({ value, line: index + 1 }));
    if (isShape(whole.value) && 'cases' in whole.value) throw malformed(where, 'cases is not an array');
    return [{ value: whole.value, line: 1 }];
  }
  const lines = content.split(/\r?\n/);
  const found = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [{ ...tryParse(line), line: index + 1 }],
  );
  if (found.length > 0 && found.every(({ syntax }) => syntax !== undefined)) {
    throw malformed(where, `neither JSON (${whole.syntax}) nor JSON Lines`);
  }
  return found;
}

function tryParse(text: string): { readonly value: unknown; readonly syntax?: string } {
  try {
    return { value: parseLiteralJson(text) };
  } catch (error) {
    return { value: undefined, syntax: (error as Error).message };
  }
}

function judge(value: Shape, where: string): MatchDecision {
  if ('rules' in value) return judgeRules(value, where);
  const field = textOf(value.field, 'field', where);
  const operator = textOf(value.operator, 'operator', where);
  const known = FIELDS.find((candidate) => candidate === field);
  if (known === undefined) return matchByRules({}, {}, [ruleOf(field, operator, { units: 0n, scale: 0 })]);
  const rules = [ruleOf(field, operator, driftOf(value, known, where))];
  validateRules(rules, where);
  const [external, internal] = known === 'date' ? datesOf(value, where) : sidesOf(value, known, where);
  return matchByRules(external, internal, rules);
}

function ruleOf(field: string, operator: string, drift: Decimal): MatchingRule {
  return { name: `${field} ${operator}`, criteria: [{ field, operator, drift }] };
}

/** A case with whole rules: `rules`, an `external` record, and an `internal` one or an array of them, a group. */
function judgeRules(value: Shape, where: string): MatchDecision {
  const rules = listOf(value.rules, 'rules', where).map((rule, index): MatchingRule => {
    if (!isShape(rule)) throw malformed(where, `rule ${index + 1} is not an object`);
    const criteria = listOf(rule.criteria, `criteria of rule ${index + 1}`, where).map((criterion) =>
      criterionOf(criterion, where),
    );
    return { name: typeof rule.name === 'string' ? rule.name : `rule ${index + 1}`, criteria };
  });
  validateRules(rules, where);
  const internal = Array.isArray(value.internal)
    ? groupOf(value.internal.map((record) => recordOf(record, 'internal', where)))
    : recordOf(value.internal, 'internal', where);
  return matchByRules(recordOf(value.external, 'external', where), internal, rules);
}

function criterionOf(value: unknown, where: string): Criterion {
  if (!isShape(value)) throw malformed(where, 'a criterion is not an object');
  const field = textOf(value.field, 'field', where);
  const known = FIELDS.find((candidate) => candidate === field);
  const name = known === undefined ? 'drift' : DRIFT_NAMES[known];
  const others = Object.keys(value).filter((key) => !['field', 'operator', name].includes(key));
  if (others.length > 0 && known !== undefined)
    throw malformed(where, `a criterion on ${field} has ${name}, not ${others.join(', ')}`);
  const drift = parseDrift(literalOf(value[name]));
  if (drift === undefined) throw malformed(where, `${name} is no decimal`);
  return { field, operator: textOf(value.operator, 'operator', where), drift };
}

function recordOf(value: unknown, side: string, where: string): Comparable {
  if (!isShape(value)) throw malformed(where, `${side} is not an object`);
  const parts = FIELDS.filter((field) => value[field] !== undefined && value[field] !== null).map(
    (field) => ({
      ...comparableOf(field, value[field], side, where),
    }),
  );
  return Object.assign({}, ...parts);
}

function driftOf(value: Shape, field: Field, where: string): Decimal {
  const unit = value.driftUnit;
  if (unit !== undefined && !(typeof unit === 'string' && unit.startsWith(DRIFT_UNITS[field]))) {
    throw malformed(where, `the drift of ${field} is in ${DRIFT_UNITS[field]}, not as driftUnit says`);
  }
  const drift = parseDrift(literalOf(value.drift));
  if (drift === undefined) throw malformed(where, 'drift is no decimal');
  return drift;
}

function sidesOf(value: Shape, field: Field, where: string): [Comparable, Comparable] {
  return [
    comparableOf(field, value.external, 'external', where),
    comparableOf(field, value.internal, 'internal', where),
  ];
}

/** Times: `external` as a time, or `externalOffsetSeconds` from the internal one. */
function datesOf(value: Shape, where: string): [Comparable, Comparable] {
  const internal = comparableOf('date', value.internal, 'internal', where);
  if (value.externalOffsetSeconds === undefined)
    return [comparableOf('date', value.external, 'external', where), internal];
  const offset = parseDecimal(literalOf(value.externalOffsetSeconds) ?? '');
  if (offset === undefined || internal.date === undefined)
    throw malformed(where, 'externalOffsetSeconds is no decimal');
  return [{ date: plus(internal.date, offset) }, internal];
}

function comparableOf(field: Field, value: unknown, side: string, where: string): Comparable {
  if (field === 'amount') {
    const amount = parseDecimal(literalOf(value) ?? '');
    if (amount === undefined) throw malformed(where, `${side}: the amount is no exact decimal such as 12.34`);
    return { amount };
  }
  const text = textOf(value, side, where);
  if (field === 'date') {
    const date = parseInstant(text);
    if (date === undefined)
      throw malformed(where, `${side}: not a time with offset such as 2026-10-14T13:05:00Z`);
    return { date };
  }
  if (field === 'currency') return text === MIXED ? {} : { currency: [text] };
  const parts = text.split(GROUP_SEPARATOR);
  return { [field]: side === 'internal' && parts.length > 1 ? [...parts, text] : [text] };
}

function literalOf(value: unknown): string | undefined {
  if (value instanceof NumberLiteral) return value.text;
  return typeof value === 'string' ? value : value === undefined || value === null ? undefined : '?';
}

function textOf(value: unknown, name: string, where: string): string {
  if (typeof value === 'string') return value;
  throw malformed(where, value === undefined ? `${name} is missing` : `${name} is not text`);
}

function listOf(value: unknown, name: string, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(where, `${name} is not an array`);
}

function isShape(value: unknown): value is Shape {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberLiteral)
  );
}

function idOf(value: unknown): string | number | undefined {
  const id = isShape(value) ? value.id : undefined;
  if (id instanceof NumberLiteral) return Number(id.text);
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function malformed(where: string, why: string): PlumblineError {
  return new PlumblineError('SchemaMismatch', {
    what: 'The case is malformed',
    where,
    why,
    next: 'give id, field, operator, external, internal and drift; see core/matching/README.md',
  });
}
