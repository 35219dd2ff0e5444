/** Metadata filters of Retrieve, e.g. `{ andAll: [{ equals: { key, value } }, …] }`. */
import { invalid } from '../errors.ts';
import { isFields } from '../fields.ts';
import type { JsonValue } from '../model.ts';

type Metadata = { readonly [key: string]: JsonValue };
type Test = (metadata: Metadata) => boolean;

const comparable = (a: unknown, b: unknown): boolean => typeof a === 'number' && typeof b === 'number';
const listed = (list: unknown, value: unknown): boolean => Array.isArray(list) && list.includes(value);

const ATTRIBUTE_TESTS: Readonly<Record<string, (actual: JsonValue | undefined, wanted: unknown) => boolean>> =
  {
    equals: (actual, wanted) => actual === wanted,
    notEquals: (actual, wanted) => actual !== wanted,
    greaterThan: (actual, wanted) => comparable(actual, wanted) && (actual as number) > (wanted as number),
    greaterThanOrEquals: (actual, wanted) =>
      comparable(actual, wanted) && (actual as number) >= (wanted as number),
    lessThan: (actual, wanted) => comparable(actual, wanted) && (actual as number) < (wanted as number),
    lessThanOrEquals: (actual, wanted) =>
      comparable(actual, wanted) && (actual as number) <= (wanted as number),
    in: (actual, wanted) => listed(wanted, actual),
    notIn: (actual, wanted) => !listed(wanted, actual),
    startsWith: (actual, wanted) => typeof actual === 'string' && actual.startsWith(String(wanted)),
    listContains: (actual, wanted) => listed(actual, wanted),
    stringContains: (actual, wanted) =>
      typeof actual === 'string' ? actual.includes(String(wanted)) : listed(actual, wanted),
  };

/** Compiles a filter. Throws ValidationException for an operator or a shape that does not exist. */
export function compileFilter(filter: unknown): Test {
  if (filter === undefined || filter === null) return () => true;
  const [operator, operand] = isFields(filter) ? (Object.entries(filter)[0] ?? []) : [];
  if (operator === undefined || Object.keys(filter as object).length !== 1) {
    throw invalid('a filter must hold exactly one operator');
  }
  if (operator === 'andAll' || operator === 'orAll') {
    if (!Array.isArray(operand) || operand.length < 2)
      throw invalid(`${operator} needs at least two filters`);
    const tests = operand.map(compileFilter);
    return operator === 'andAll'
      ? (metadata) => tests.every((test) => test(metadata))
      : (metadata) => tests.some((test) => test(metadata));
  }
  const test = ATTRIBUTE_TESTS[operator];
  if (test === undefined) throw invalid(`there is no filter operator ${operator}`);
  if (!isFields(operand) || typeof operand.key !== 'string' || operand.value === undefined) {
    throw invalid(`filter ${operator} needs a key and a value`);
  }
  const { key, value } = operand;
  return (metadata) => test(metadata[key], value);
}
