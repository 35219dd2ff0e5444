/** What an expression refers to, from its syntax tree, and whether Step Functions allows it. */
import jsonata from 'jsonata';

/** Members of `$states`. */
export const STATES_MEMBERS = ['input', 'result', 'errorOutput', 'context'] as const;
export type StatesMember = (typeof STATES_MEMBERS)[number];

export interface ExpressionFacts {
  readonly variables: ReadonlySet<string>;
  /** Which members of `$states` are read; all when the whole object is taken. */
  readonly states: ReadonlySet<StatesMember>;
  /** Holds a regular expression, or a function that makes one of a picture: it may run for ever inside native code. */
  readonly hasRegex: boolean;
  /** Why AWS refuses the expression when the definition is created. */
  readonly refusal?: { readonly code: RefusalCode; readonly message: string };
}

export type RefusalCode = 'INVALID_JSONATA_EXPRESSION' | 'UNSUPPORTED_JSONATA_EXPRESSION';

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly [member: string]: unknown;
}

interface Walk {
  readonly variables: Set<string>;
  readonly states: Set<StatesMember>;
  hasRegex: boolean;
  refusal: string | undefined;
}

/** Functions that make a regular expression, or loops over it, of a picture. */
const PICTURED = ['toMillis', 'parseInteger', 'formatNumber', 'fromMillis', 'formatInteger'];

const cache = new Map<string, ExpressionFacts>();
const CACHE_SIZE = 10_000;

/** Parses the text between `{%` and `%}`; never throws. */
export function analyze(expression: string): ExpressionFacts {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const facts = parse(expression);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(expression, facts);
  return facts;
}

function parse(expression: string): ExpressionFacts {
  const walk: Walk = { variables: new Set(), states: new Set(), hasRegex: false, refusal: undefined };
  let tree: Node;
  try {
    tree = jsonata(expression).ast() as unknown as Node;
  } catch (thrown) {
    const error = thrown as { code?: string; message?: string };
    const message = `${error.code ?? 'S0000'}: ${error.message ?? String(thrown)}`;
    return { ...walk, refusal: { code: 'INVALID_JSONATA_EXPRESSION', message } };
  }
  visit(tree, walk, false);
  const { variables, states, refusal } = walk;
  const hasRegex = walk.hasRegex || PICTURED.some((name) => variables.has(name));
  if (refusal === undefined) return { variables, states, hasRegex };
  return {
    variables,
    states,
    hasRegex,
    refusal: { code: 'UNSUPPORTED_JSONATA_EXPRESSION', message: refusal },
  };
}

/** @param inContext whether a context item exists here: after the first step of a path, and in predicates. */
function visit(node: unknown, walk: Walk, inContext: boolean): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, walk, inContext);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const at = node as Node;
  if (at.type === 'regex') {
    walk.hasRegex = true;
    return;
  }
  if (at.type === 'path') {
    visitPath(at, walk, inContext);
    return;
  }
  if (at.type === 'name' && !inContext) refuse(walk, `Reference to '${String(at.value)}' at the top level`);
  if ((at.type === 'wildcard' || at.type === 'descendant' || at.type === 'parent') && !inContext) {
    refuse(walk, `Use of '${{ wildcard: '*', descendant: '**', parent: '%' }[at.type]}' at the top level`);
  }
  if (at.type === 'variable') noteVariable(at, undefined, walk, inContext);
  visitMembers(at, walk, inContext);
}

function visitMembers(at: Node, walk: Walk, inContext: boolean): void {
  const inside = new Set(['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete']);
  for (const [member, child] of Object.entries(at)) {
    if (member === 'type' || member === 'value' || member === 'position') continue;
    // The left and right sides of a group or predicate see each item of what they are applied to.
    visit(child, walk, inContext || inside.has(member));
  }
}

function visitPath(at: Node, walk: Walk, inContext: boolean): void {
  const steps = at.steps ?? [];
  for (const [index, step] of steps.entries()) {
    if (index === 0 && step.type === 'variable') {
      noteVariable(step, steps[1], walk, inContext);
      visitMembers(step, walk, inContext);
    } else {
      visit(step, walk, inContext || index > 0);
    }
  }
  visitMembers({ ...at, steps: undefined }, walk, inContext);
}

function noteVariable(node: Node, next: Node | undefined, walk: Walk, inContext: boolean): void {
  const name = String(node.value);
  if (name === '' && !inContext) refuse(walk, "Use of '$' at the top level");
  if (name === '$') refuse(walk, "Use of '$$'");
  if (name !== 'states') {
    walk.variables.add(name);
    return;
  }
  const member = next?.type === 'name' ? STATES_MEMBERS.find((known) => known === next.value) : undefined;
  for (const known of member === undefined ? STATES_MEMBERS : [member]) walk.states.add(known);
}

function refuse(walk: Walk, what: string): void {
  walk.refusal ??= `${what} is not supported.`;
}
