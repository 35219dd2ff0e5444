/** What a target receives: the event, a part of it, a constant, or a template filled from it. */
import { AwsError } from '../wire/aws-error.ts';

export interface InputTransformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** The members of a target that say what it receives; at most one of them is given. */
export interface InputChoice {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: InputTransformer;
}

export interface RuleContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When the event came in, RFC 3339. */
  readonly ingestionTime: string;
}

const invalid = (message: string) => new AwsError('ValidationException', message);
const PATH = /^\$((?:\.[A-Za-z0-9_-]+|\['[^']+'\]|\[\d+\])*)$/;

/** Refuses more than one choice, malformed paths and JSON, and a template that names a variable without a path. */
export function checkInput(choice: InputChoice): void {
  const given = [choice.Input, choice.InputPath, choice.InputTransformer].filter(
    (value) => value !== undefined,
  );
  if (given.length > 1) throw invalid('Only one of Input, InputPath, or InputTransformer must be provided.');
  if (choice.Input !== undefined) parseJson(choice.Input, 'Input');
  if (choice.InputPath !== undefined) checkPath(choice.InputPath);
  const { InputPathsMap: paths = {}, InputTemplate: template } = choice.InputTransformer ?? {
    InputTemplate: '',
  };
  for (const path of Object.values(paths)) checkPath(path);
  for (const [, name = ''] of template.matchAll(VARIABLE)) {
    if (!name.startsWith('aws.events.') && !Object.hasOwn(paths, name)) {
      throw invalid(`InputTemplate uses <${name}>, which InputPathsMap does not define.`);
    }
  }
}

function checkPath(path: string): void {
  if (!PATH.test(path))
    throw invalid(`${path} is not a path of this runtime: use $.name, ['name'] and [number] only.`);
}

function parseJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${field} is not valid JSON.`);
  }
}

const VARIABLE = /<([A-Za-z0-9_.-]+)>/g;

/** The input as JSON text. Throws ValidationException where a filled template is not JSON. */
export function targetInput(choice: InputChoice, event: object, rule: RuleContext): string {
  if (choice.Input !== undefined) return choice.Input;
  if (choice.InputPath !== undefined) return JSON.stringify(valueAt(event, choice.InputPath) ?? null);
  if (choice.InputTransformer === undefined) return JSON.stringify(event);
  const filled = fill(choice.InputTransformer, event, rule);
  parseJson(filled, 'The filled InputTemplate');
  return filled;
}

function valueAt(event: unknown, path: string): unknown {
  const steps = path.slice(1).match(/\.[A-Za-z0-9_-]+|\['[^']+'\]|\[\d+\]/g) ?? [];
  return steps.reduce<unknown>((value, step) => {
    const key = step.startsWith("['")
      ? step.slice(2, -2)
      : step.startsWith('[')
        ? step.slice(1, -1)
        : step.slice(1);
    const owner = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return owner ? (value as Record<string, unknown>)[key] : undefined;
  }, event);
}

/** Inside quotes a value is written as text, outside as JSON. */
function fill(transformer: InputTransformer, event: object, rule: RuleContext): string {
  const { InputTemplate: template, InputPathsMap: paths = {} } = transformer;
  let filled = '';
  let last = 0;
  let quoted = false;
  for (const match of template.matchAll(VARIABLE)) {
    const before = template.slice(last, match.index);
    quoted = toggles(before, quoted);
    filled += before + written(variable(match[1] ?? '', paths, event, rule), quoted);
    last = match.index + match[0].length;
  }
  return filled + template.slice(last);
}

/** Whether a text ends inside a JSON string, given where it began. */
function toggles(text: string, quoted: boolean): boolean {
  const quotes = text.replaceAll(/\\./g, '').match(/"/g)?.length ?? 0;
  return quotes % 2 === 0 ? quoted : !quoted;
}

function written(value: unknown, quoted: boolean): string {
  if (value === undefined) return quoted ? '' : 'null';
  if (!quoted) return JSON.stringify(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

function variable(
  name: string,
  paths: Readonly<Record<string, string>>,
  event: object,
  rule: RuleContext,
): unknown {
  switch (name) {
    case 'aws.events.rule-arn':
      return rule.ruleArn;
    case 'aws.events.rule-name':
      return rule.ruleName;
    case 'aws.events.event.ingestion-time':
      return rule.ingestionTime;
    case 'aws.events.event':
    case 'aws.events.event.json':
      return event;
    default:
      return valueAt(event, paths[name] ?? '$.none');
  }
}
