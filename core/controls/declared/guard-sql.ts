import type { Control } from '#core/controls/control.ts';
import { isDatasetName } from '#core/domain/datasets.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { ALLOWED_FUNCTIONS, ALLOWED_TABLE_FUNCTIONS } from './allowed-functions.ts';
import { invalid } from './declaration.ts';
import { commonTablesOf, dependsOnOrder, type Node, type Surrounding, sortedBy } from './row-order.ts';

/** Tables that the engine makes for every check. */
const ALWAYS_THERE = ['scope', 'tariff', 'catalog'];
/** What stands in the session beside the views: a WITH of such a name would let the real one through elsewhere. */
const ENGINE_TABLES = ['scope', 'violation', 'checked', 'claim', 'found', 'wanted'];
const TABLE_REFERENCES = ['EMPTY', 'BASE_TABLE', 'JOIN', 'SUBQUERY', 'EXPRESSION_LIST', 'TABLE_FUNCTION'];
const QUERY_NODES = ['SELECT_NODE', 'SET_OPERATION_NODE'];
const MAX_SQL = 100_000;
const MAX_DEPTH = 400;

/** What may be read where a node stands: datasets and the common tables in force there. */
interface Reach extends Surrounding {
  readonly tables: ReadonlySet<string>;
}

/**
 * Refuses SQL of a user that could do anything but compute a SELECT over the datasets that its declaration names. The
 * text is parsed by the engine itself (`json_serialize_sql`, which takes SELECT statements only) and every node of the
 * tree is held against what is allowed: tables by name, without schema or catalog; functions from a closed list, none of
 * which reads files, settings, time or chance; nothing whose result depends on the order of rows; no float, no division, no
 * recursion, no sampling; its tolerances as the
 * only parameters. Throws ControlInvalid.
 */
export async function assertSafeSql(
  sql: string,
  declaration: Pick<Control, 'needs' | 'also' | 'tolerance'>,
  where: string,
  session: WarehouseSession,
): Promise<void> {
  if (sql.length > MAX_SQL) throw invalid(where, `the SQL is longer than ${MAX_SQL} characters`);
  // The parser ends at a zero byte, the engine need not.
  if (sql.includes('\u0000')) throw invalid(where, 'the SQL holds a zero byte');
  if (!/^-- Grain: \S/.test(sql))
    throw invalid(where, 'the first line must say what one violation is: -- Grain: …');
  const [row] = await session.query(`SELECT json_serialize_sql('${sql.replaceAll("'", "''")}') AS tree`);
  const tree = JSON.parse(String(row?.tree)) as {
    error: boolean;
    error_message?: string;
    statements?: Node[];
  };
  if (tree.error) throw invalid(where, `the SQL is refused: ${tree.error_message}`);
  if (tree.statements?.length !== 1) throw invalid(where, 'the SQL must be one SELECT');
  const tables = new Set<string>([...declaration.needs, ...(declaration.also ?? []), ...ALWAYS_THERE]);
  const parameters = new Set<string>();
  walk(
    tree.statements[0],
    { tables, common: new Map(), select: undefined, sorted: undefined },
    0,
    (node, reach) => {
      const named = refusedName(node);
      if (named !== null) throw invalid(where, `the SQL is refused: ${named}`);
      const reason = dependsOnOrder(node, reach) ?? refusal(node, reach.tables);
      if (reason !== null) throw invalid(where, `the SQL is refused: ${reason}`);
      if (node.type === 'VALUE_PARAMETER') parameters.add(String(node.identifier));
    },
  );
  const declared = Object.keys(declaration.tolerance);
  const unbound = [...parameters].find((name) => !declared.includes(name));
  if (unbound !== undefined) throw invalid(where, `$${unbound} is not a tolerance of the declaration`);
  const unused = declared.find((name) => !parameters.has(name));
  if (unused !== undefined) throw invalid(where, `the tolerance ${unused} is not used in the SQL`);
}

/** Common tables have plain names, so that none stands for a file or a table of the engine elsewhere. */
function refusedName(node: Node): string | null {
  for (const [name] of commonTablesOf(node)) {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || /^(duckdb|pg|sqlite|information|sys)/.test(name))
      return `a WITH cannot be named "${name}"`;
    if (isDatasetName(name) || ENGINE_TABLES.includes(name))
      return `a WITH cannot be named "${name}", which is a table of its own`;
  }
  return null;
}

function refusal(node: Node, tables: ReadonlySet<string>): string | null {
  const type = String(node.type ?? '');
  if ('cte_map' in node && !QUERY_NODES.includes(type)) return `${type} is not allowed`;
  const isTable = 'sample' in node && !('select_list' in node);
  if (isTable && !TABLE_REFERENCES.includes(type)) return `${type} is not allowed`;
  if (node.sample !== null && node.sample !== undefined) return 'a sample is not repeatable';
  if (type === 'BASE_TABLE') return refusedTable(node, tables);
  if (type === 'TABLE_FUNCTION') {
    const name = String((node.function as Node | undefined)?.function_name);
    return ALLOWED_TABLE_FUNCTIONS.has(name) ? null : `${name}(…) in FROM is not allowed`;
  }
  if ('table_name' in node && node.class !== 'COLUMN_REF' && type !== 'STAR') return `${type} is not allowed`;
  if (type === 'COLUMN_REF') return refusedColumn(node);
  if ('function_name' in node) return refusedFunction(node);
  if ('cast_type' in node && isFloat(node.cast_type))
    return 'a cast to a float is not exact: use DECIMAL(18,6)';
  if (type === 'VALUE_CONSTANT' && isFloat((node.value as Node | undefined)?.type))
    return 'a number with an exponent is a float: write it out';
  return null;
}

function refusedTable(node: Node, tables: ReadonlySet<string>): string | null {
  const name = String(node.table_name);
  if (node.schema_name !== '' || node.catalog_name !== '')
    return `"${name}" must be named without schema or catalog`;
  if (node.at_clause !== null && node.at_clause !== undefined) return 'AT is not allowed';
  return tables.has(name) ? null : `it reads "${name}", which is not among needs or also`;
}

/** Names that stand for a function call wherever no column has them: time, user and place. */
const NOT_COLUMNS = /^(current_\w+|localtime|localtimestamp|session_user|user)$/i;

function refusedColumn(node: Node): string | null {
  const names = (node.column_names ?? []) as readonly string[];
  const [name = ''] = names;
  return names.length === 1 && NOT_COLUMNS.test(name) ? `${name} is not allowed` : null;
}

function refusedFunction(node: Node): string | null {
  const name = String(node.function_name);
  if (name === '/')
    return 'a division gives a float: use // on whole numbers, or share_of(amount, part, whole)';
  if (!['', 'main', undefined].includes(node.schema as string | undefined) || (node.catalog ?? '') !== '')
    return `${name} must be named without schema or catalog`;
  return ALLOWED_FUNCTIONS.has(name) || ALLOWED_TABLE_FUNCTIONS.has(name)
    ? null
    : `${name}(…) is not allowed`;
}

function isFloat(type: unknown): boolean {
  return /"(DOUBLE|FLOAT|REAL|FLOAT4|FLOAT8)"/i.test(JSON.stringify(type ?? null));
}

/** Visits every node with what may be read there: a common table is known within the query that names it only. */
function walk(value: unknown, reach: Reach, depth: number, visit: (node: Node, reach: Reach) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw invalid('SQL', 'it is nested too deeply');
  const own = Array.isArray(value) ? reach : reachOf(value as Node, reach);
  if (!Array.isArray(value)) visit(value as Node, own);
  for (const part of Object.values(value)) walk(part, own, depth + 1, visit);
}

function reachOf(node: Node, reach: Reach): Reach {
  const select = QUERY_NODES.includes(String(node.type)) ? node : reach.select;
  const sorted = sortedBy(node) ?? reach.sorted;
  const named = commonTablesOf(node);
  if (named.length === 0)
    return select === reach.select && sorted === reach.sorted ? reach : { ...reach, select, sorted };
  return {
    tables: new Set([...reach.tables, ...named.map(([name]) => name)]),
    common: new Map([...reach.common, ...named]),
    select,
    sorted,
  };
}
