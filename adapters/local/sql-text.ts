import { literal } from '#core/reconcile/load.ts';
import type { Parameters } from './duckdb-session.ts';

/** A statement that makes something in the catalogue, or takes it away. */
export interface Definition {
  readonly kind: 'table' | 'table-if-absent' | 'view' | 'macro' | 'drop';
  /** In lower case: names do not tell cases apart. */
  readonly name: string;
  /** What a table or view is made of; undefined where columns are listed. */
  readonly query?: string;
}

const MAKE = /^CREATE\s+OR\s+REPLACE\s+TEMP\s+(TABLE|VIEW|MACRO)\s+(\w+)\s*([\s\S]*)$/i;
const MAKE_IF_ABSENT = /^CREATE\s+TEMP\s+TABLE\s+IF\s+NOT\s+EXISTS\s+(\w+)\s*([\s\S]*)$/i;
const DROP = /^DROP\s+(?:TABLE|VIEW|MACRO)\s+(?:IF\s+EXISTS\s+)?(\w+)\s*$/i;

const QUOTED_OR_PARAMETER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)/g;

/** The statement with the values of its parameters in it, each of the type that binding it would give it. */
export function withValues(statement: string, values: Parameters): string {
  return statement.replaceAll(QUOTED_OR_PARAMETER, (found, name: string | undefined) => {
    if (name === undefined) return found;
    const value = values[name];
    if (value === undefined) throw new TypeError(`Parameter $${name} has no value`);
    if (value === null) return 'NULL';
    if (typeof value === 'boolean') return String(value);
    if (typeof value === 'string') return literal(value);
    const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
    return isWhole ? `(${value})` : `CAST(${value} AS DOUBLE)`;
  });
}

/** What a statement (as of statementsOf) makes, or undefined where it makes nothing. */
export function definitionOf(statement: string): Definition | undefined {
  const drop = DROP.exec(statement);
  if (drop) return { kind: 'drop', name: lower(drop[1]) };
  const absent = MAKE_IF_ABSENT.exec(statement);
  if (absent) return { kind: 'table-if-absent', name: lower(absent[1]), ...queryOf(absent[2]) };
  const make = MAKE.exec(statement);
  if (!make) return undefined;
  const kind = lower(make[1]) as 'table' | 'view' | 'macro';
  // Of a macro everything counts, so that what it names is known.
  return { kind, name: lower(make[2]), ...(kind === 'macro' ? { query: make[3] ?? '' } : queryOf(make[3])) };
}

function queryOf(rest = ''): { query?: string } {
  const query = /^AS\s+([\s\S]*)$/i.exec(rest)?.[1];
  return query === undefined ? {} : { query };
}

function lower(text = ''): string {
  return text.toLowerCase();
}

/** Every word of a statement outside of quotes, in lower case: the names in it are among them. */
export function wordsOf(statement: string): ReadonlySet<string> {
  const bare = statement.replaceAll(/'(?:[^']|'')*'/g, ' ');
  return new Set((bare.match(/[A-Za-z_]\w*/g) ?? []).map(lower));
}

/** Whether a query reads a table of that name: it stands where tables stand. */
export function readsTable(query: string, name: string): boolean {
  return new RegExp(`(\\b(FROM|JOIN)|,)\\s+${name}\\b`, 'i').test(query);
}

const PART = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"\-/;]+|[-/]/g;

/** The statements of a script, without comments and without the semicolons between them. */
export function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let text = '';
  const end = () => {
    const statement = text.trim();
    if (statement !== '') statements.push(statement);
    text = '';
  };
  for (const [part] of script.matchAll(PART)) {
    if (part === ';') end();
    else if (part.startsWith('--') || part.startsWith('/*')) text += ' ';
    else text += part;
  }
  end();
  return statements;
}
