/** A node of the tree that the engine parses SQL into. */
export type Node = Readonly<Record<string, unknown>>;

/** What is known where a node stands: the common tables in force, and the SELECT around it. */
export interface Surrounding {
  readonly common: ReadonlyMap<string, Node>;
  readonly select: Node | undefined;
  /** A list that is sorted by itself before anything else reads it. */
  readonly sorted: Node | undefined;
}

/** Columns that tell the rows of a table apart: where they are in an order, no two rows are level. */
type Identity = readonly { readonly alias: string; readonly columns: readonly string[] }[];

/** Where a record stands: no two records of a dataset have both. */
const LINEAGE = ['file_id', 'byte_offset'];
const TOTAL = `name file_id and byte_offset of every dataset in FROM (or all columns of its GROUP BY) in PARTITION BY or ORDER BY, so that no two rows are level`;

/** Functions whose result depends on the order of rows, and what to write instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['arg_min', 'argmin', 'min_by', 'arg_min_null'].map((name) => [
      name,
      'write min(struct_pack(k := <order>, v := <value>)).v, which is the same for every order of rows',
    ]),
  ),
  ...Object.fromEntries(
    ['arg_max', 'argmax', 'max_by', 'arg_max_null'].map((name) => [
      name,
      'write max(struct_pack(k := <order>, v := <value>)).v, which is the same for every order of rows',
    ]),
  ),
  ...Object.fromEntries(
    ['first', 'last', 'any_value', 'arbitrary'].map((name) => [name, 'write min(…) or max(…)']),
  ),
  mode: 'count per value in a WITH, then take max(struct_pack(n := <count>, v := <value>)).v',
};
const LISTS = ['list', 'array_agg', 'string_agg'];
const PLACED = /^WINDOW_(ROW_NUMBER|NTILE|FIRST_VALUE|LAST_VALUE|NTH_VALUE|LEAD|LAG)$/;
const JOINS = ['REGULAR', 'NATURAL', 'CROSS', 'DEPENDENT'];

/**
 * Why the result of a node would depend on the order in which rows come (which differs between threads, buckets and runs),
 * and what to write instead; null where it does not, as far as that can be proven. Where an order is asked for, it must be
 * total: rows of a dataset are told apart by their lineage, groups by the columns of GROUP BY.
 */
export function dependsOnOrder(node: Node, surrounding: Surrounding): string | null {
  const type = String(node.type ?? '');
  if (type === 'JOIN' && !JOINS.includes(String(node.ref_type)))
    return `${node.ref_type} JOIN depends on the order of rows: join on what must be equal, and take the nearest by max(…) or rank()`;
  if (Array.isArray(node.modifiers)) return ofModifiers(node, surrounding);
  if (node.class === 'WINDOW') return ofWindow(node, surrounding);
  if (node.class !== 'FUNCTION') return null;
  const name = String(node.function_name);
  const instead = INSTEAD[name];
  if (instead !== undefined) return `${name}(…) depends on the order of rows: ${instead}`;
  if (!LISTS.includes(name) || node === surrounding.sorted || isOrderedByItself(node)) return null;
  return `${name}(…) depends on the order of rows: write ${name}(x ORDER BY x), ordered by what it collects`;
}

/** The list that a function sorts, which is how the engine writes an aggregate that is ordered by what it collects. */
export function sortedBy(node: Node): Node | undefined {
  return node.class === 'FUNCTION' && node.function_name === 'list_sort'
    ? listOf(node.children)[0]
    : undefined;
}

/** Ties of an order by the collected value itself are equal, so that they cannot be told apart. */
function isOrderedByItself(node: Node): boolean {
  const [value] = listOf(node.children);
  const orders = listOf((node.order_bys as Node | undefined)?.orders);
  return value !== undefined && orders.some((order) => sameText(order.expression, value));
}

function ofWindow(node: Node, surrounding: Surrounding): string | null {
  const name = String(node.function_name);
  if (LISTS.includes(name) || INSTEAD[name] !== undefined || listOf(node.arg_orders).length > 0)
    return `${name}(…) OVER depends on the order of rows: collect by GROUP BY, ordered by what is collected`;
  const byRows = [node.start, node.end].some((edge) => /_ROWS$/.test(String(edge)));
  if (!PLACED.test(String(node.type)) && !byRows) return null;
  const columns = [
    ...listOf(node.partitions),
    ...listOf(node.orders).map((order) => order.expression as Node),
  ];
  if (isTotal(columns, surrounding)) return null;
  const instead = byRows
    ? 'use RANGE, or '
    : PLACED.test(String(node.type))
      ? 'use rank(), min(…) or max(…), or '
      : '';
  return `the order of ${name}(…) OVER is not total: ${instead}${TOTAL}`;
}

function ofModifiers(node: Node, surrounding: Surrounding): string | null {
  const modifiers = listOf(node.modifiers);
  const named = (type: string) => modifiers.find((modifier) => modifier.type === type);
  if (listOf(named('DISTINCT_MODIFIER')?.distinct_on_targets).length > 0)
    return 'DISTINCT ON depends on the order of rows: write min(struct_pack(…)) with GROUP BY';
  if (named('LIMIT_PERCENT_MODIFIER') !== undefined)
    return 'LIMIT in percent is not allowed: compare with rank()';
  if (named('LIMIT_MODIFIER') === undefined) return null;
  const orders = listOf(named('ORDER_MODIFIER')?.orders).map((order) => order.expression as Node);
  const all = orders.some((order) => order?.type === 'STAR' && order.columns === true);
  if (all || isTotal(orders, { ...surrounding, select: node })) return null;
  return `LIMIT without a total order: write ORDER BY ALL, or ${TOTAL}`;
}

function isTotal(columns: readonly Node[], { common, select }: Surrounding): boolean {
  if (select === undefined) return false;
  const identity = identityOf(select, common);
  return identity !== null && identity.length > 0 && covers(columns, identity, select);
}

function covers(columns: readonly Node[], identity: Identity, select: Node): boolean {
  const sources = (column: string) => identity.filter(({ columns: own }) => own.includes(column)).length;
  // A name of the list of columns could stand for something else than the column of that name.
  const renamed = (column: string) =>
    listOf(select.select_list).some(
      (item) => String(item.alias ?? '').toLowerCase() === column && lastOf(item)?.column !== column,
    );
  return identity.every(({ alias, columns: own }) =>
    own.every((column) =>
      columns.some((node) => {
        const name = lastOf(node);
        if (name?.column !== column || renamed(column)) return false;
        return name.table === undefined ? sources(column) === 1 : name.table === alias;
      }),
    ),
  );
}

/** What tells the rows apart over which the windows of a SELECT run; null where nothing is known to. */
function identityOf(select: Node, common: ReadonlyMap<string, Node>): Identity | null {
  if (select.type !== 'SELECT_NODE' || select.aggregate_handling === 'FORCE_AGGREGATES') return null;
  const groups = listOf(select.group_expressions);
  if (groups.length === 0) return identityOfFrom(select.from_table as Node, common);
  const names = groups.map((group) => lastOf(group)?.column);
  const plain = Array.isArray(select.group_sets) && select.group_sets.length === 1;
  if (!plain || names.some((name) => name === undefined)) return null;
  return [{ alias: '', columns: names as string[] }];
}

function identityOfFrom(from: Node | undefined, common: ReadonlyMap<string, Node>): Identity | null {
  if (from === undefined) return null;
  if (from.type === 'JOIN') {
    const left = identityOfFrom(from.left as Node, common);
    if (['SEMI', 'ANTI'].includes(String(from.join_type))) return left;
    const right = identityOfFrom(from.right as Node, common);
    return left === null || right === null ? null : [...left, ...right];
  }
  const name = String(from.table_name ?? '').toLowerCase();
  const alias = String(from.alias || name).toLowerCase();
  const query =
    from.type === 'SUBQUERY' ? ((from.subquery as Node | undefined)?.node as Node) : common.get(name);
  if (query !== undefined) return identityOfQuery(query, alias, common);
  if (from.type !== 'BASE_TABLE') return null;
  return name === 'scope' ? [] : [{ alias, columns: LINEAGE }];
}

/** What tells the rows of a sub-query or common table apart, by the names of its columns. */
function identityOfQuery(query: Node, alias: string, common: ReadonlyMap<string, Node>): Identity | null {
  if (query.type !== 'SELECT_NODE') return null;
  // A list of columns that makes several rows of one.
  if (/"function_name":"unnest"|"type":"UNNEST"/.test(JSON.stringify(query.select_list))) return null;
  const own = new Map(common);
  for (const [name, node] of commonTablesOf(query)) own.set(name, node);
  const items = listOf(query.select_list);
  const distinct = listOf(query.modifiers).some(({ type }) => type === 'DISTINCT_MODIFIER');
  if (distinct) {
    const names = items.map((item) => outputName(item));
    return names.includes(undefined) ? null : [{ alias, columns: names as string[] }];
  }
  const inner = identityOf(query, own);
  if (inner === null) return null;
  const columns: string[] = [];
  for (const source of inner) {
    for (const column of source.columns) {
      const found = outputOf(items, source.alias, column, inner.length === 1);
      if (found === undefined) return null;
      columns.push(found);
    }
  }
  return columns.length === 0 ? null : [{ alias, columns }];
}

/** The name under which a list of columns passes a column on. */
function outputOf(items: readonly Node[], alias: string, column: string, only: boolean): string | undefined {
  for (const item of items) {
    if (item.type === 'STAR' && only && !/exclude|replace|rename|expr/.test(keysOf(item))) return column;
    const name = lastOf(item);
    if (name?.column === column && (name.table === undefined ? only : name.table === alias || alias === ''))
      return outputName(item);
  }
  return undefined;
}

function keysOf(item: Node): string {
  return Object.entries(item)
    .filter(([, value]) => typeof value === 'object' && value !== null && Object.keys(value).length > 0)
    .map(([key]) => key)
    .join(' ');
}

function outputName(item: Node): string | undefined {
  const alias = String(item.alias ?? '').toLowerCase();
  return alias !== '' ? alias : lastOf(item)?.column;
}

/** A plain column, and the table it is named with. */
function lastOf(node: Node | undefined): { readonly table?: string; readonly column: string } | undefined {
  if (node?.type !== 'COLUMN_REF') return undefined;
  const names = (node.column_names as readonly string[]).map((name) => name.toLowerCase());
  const [column, table] = names.toReversed();
  if (column === undefined || names.length > 2) return undefined;
  return table === undefined ? { column } : { table, column };
}

/** The common tables that a query names itself. */
export function commonTablesOf(query: Node): [string, Node][] {
  const map =
    (query.cte_map as { map?: { key: string; value: { query?: { node?: Node } } }[] } | undefined)?.map ?? [];
  return map.map(({ key, value }) => [key, value?.query?.node ?? {}]);
}

function listOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as Node[]) : [];
}

function sameText(a: unknown, b: unknown): boolean {
  const text = (value: unknown) =>
    JSON.stringify(value, (key, part: unknown) =>
      ['query_location', 'alias'].includes(key) ? undefined : part,
    );
  return text(a) === text(b);
}
