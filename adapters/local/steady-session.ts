import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { rowsOf } from './duckdb-rows.ts';
import { type DuckdbSession, type Parameters, statementError } from './duckdb-session.ts';
import { type Definition, definitionOf, readsTable, statementsOf, withValues, wordsOf } from './sql-text.ts';

/** Rows that a table made again and again may leave behind; they are given back only when it is really made anew. */
const MOST_DEAD_ROWS = 50_000;
/** Texts whose plans are kept. */
const MOST_PLANS = 400;

/** A prepared statement, and after how many changes of the catalogue it was prepared. */
interface Plan {
  readonly statement: DuckDBPreparedStatement;
  readonly changes: number;
}

const INSERT = /^INSERT\s+INTO\s+(\w+)/i;

/** What stands in the catalogue under a name. */
interface Made {
  readonly text: string;
  /** Everything that the text names, so that it is known when one of them has changed its columns. */
  readonly words: ReadonlySet<string>;
  readonly at: number;
  /** It is made of what stood there before, which must not be emptied first. */
  readonly readsItself: boolean;
  /** Rows put into the table since it was made. */
  rows: number;
}

/**
 * A session for work that is done over and over with little data, where planning costs more than the work. A statement
 * that was seen before keeps its plan. Plans are lost whenever the catalogue changes, so a table that is made again by
 * the same text is emptied and filled instead, and a view or macro that is made again by the same text is left as it is.
 * What statements yield is what a DuckdbSession yields.
 */
export class SteadySession implements WarehouseSession {
  readonly #session: DuckdbSession;
  readonly #scripts = new Map<string, readonly string[]>();
  readonly #plans = new Map<string, Plan>();
  /** How often the catalogue changed. */
  #changes = 0;
  readonly #made = new Map<string, Made>();
  /** When each name was last made with other columns or dropped. */
  readonly #changed = new Map<string, number>();
  #clock = 0;

  private constructor(session: DuckdbSession) {
    this.#session = session;
  }

  /** Takes over an open session. */
  static async over(session: DuckdbSession): Promise<SteadySession> {
    // A plan that is kept may rest on nothing that the next rows can change, such as the least and greatest value.
    await session.run("SET disabled_optimizers = 'statistics_propagation,compressed_materialization'");
    return new SteadySession(session);
  }

  async run(sql: string, parameters: Parameters = {}): Promise<void> {
    for (const text of this.#statements(sql)) await this.#execute(text, parameters);
  }

  async query(sql: string, parameters: Parameters = {}): Promise<WarehouseRow[]> {
    const texts = this.#statements(sql);
    for (const text of texts.slice(0, -1)) await this.#execute(text, parameters);
    const last = texts.at(-1);
    if (last === undefined) return [];
    return rowsOf(await this.#result(last, parameters));
  }

  async close(): Promise<void> {
    for (const { statement } of this.#plans.values()) statement.destroySync();
    this.#plans.clear();
    await this.#session.close();
  }

  #statements(sql: string): readonly string[] {
    const known = this.#scripts.get(sql);
    if (known !== undefined) return known;
    const texts = statementsOf(sql);
    remember(this.#scripts, sql, texts, () => {});
    return texts;
  }

  async #execute(text: string, parameters: Parameters): Promise<void> {
    const definition = definitionOf(text);
    if (definition === undefined && !/^(CREATE|ALTER|DROP|SET|ATTACH|DETACH)\b/i.test(text)) {
      const { rowsChanged } = await this.#result(text, parameters);
      const made = this.#made.get(INSERT.exec(text)?.[1]?.toLowerCase() ?? '');
      if (made !== undefined) made.rows += Number(rowsChanged);
    } else if (definition === undefined) {
      await this.#change(text, parameters);
      this.#made.clear();
    } else if (definition.kind === 'drop') {
      await this.#change(text);
      this.#made.delete(definition.name);
      this.#touch(definition.name);
    } else {
      await this.#make(definition, text, parameters);
    }
  }

  async #make(definition: Definition, text: string, parameters: Parameters): Promise<void> {
    const { name, kind, query } = definition;
    const made = this.#made.get(name);
    if (kind === 'table-if-absent' && made !== undefined) return;
    if (made !== undefined && this.#isCurrent(made, text)) {
      if (kind !== 'table') return;
      if (made.rows <= MOST_DEAD_ROWS && !made.readsItself) {
        await this.#result(`DELETE FROM ${name}`, {});
        if (query !== undefined) {
          const { rowsChanged } = await this.#result(`INSERT INTO ${name} ${query}`, parameters);
          made.rows += Number(rowsChanged);
        }
        return;
      }
    }
    await this.#change(text, parameters);
    // Made by the same text of the same things, it has the same columns: whoever rests on it still does.
    if (made === undefined || !this.#isCurrent(made, text)) this.#touch(name);
    const words = wordsOf(query ?? '');
    const rows = kind === 'table' && query !== undefined ? await this.#rowsOf(name) : 0;
    this.#made.set(name, { text, words, at: this.#clock, readsItself: readsTable(query ?? '', name), rows });
  }

  async #rowsOf(name: string): Promise<number> {
    const [row] = await this.#session.query(`SELECT count(*) AS n FROM ${name}`);
    return Number(row?.n);
  }

  #isCurrent({ text, words, at }: Made, now: string): boolean {
    if (text !== now) return false;
    for (const word of words) if ((this.#changed.get(word) ?? 0) > at) return false;
    return true;
  }

  #touch(name: string): void {
    this.#clock += 1;
    this.#changed.set(name, this.#clock);
  }

  async #result(statement: string, parameters: Parameters) {
    // A plan with parameters is made anew wherever a value is not of the type that its place wants.
    const text = withValues(statement, parameters);
    // What reads files is planned anew each time in any case, and its text does not come again.
    const once = text.includes('read_parquet(');
    try {
      const plan = once ? await this.#session.connection.prepare(text) : await this.#plan(text);
      try {
        return await plan.run();
      } finally {
        if (once) plan.destroySync();
      }
    } catch (error) {
      throw statementError(error, text);
    }
  }

  async #plan(text: string): Promise<DuckDBPreparedStatement> {
    const known = this.#plans.get(text);
    this.#plans.delete(text);
    // A plan from before a change works too, but DuckDB makes it anew each time without keeping what it made.
    if (known !== undefined && known.changes !== this.#changes) known.statement.destroySync();
    const statement =
      known?.changes === this.#changes ? known.statement : await this.#session.connection.prepare(text);
    remember(this.#plans, text, { statement, changes: this.#changes }, (oldest) =>
      oldest.statement.destroySync(),
    );
    return statement;
  }

  /** Runs what changes the catalogue. */
  async #change(text: string, parameters: Parameters = {}): Promise<void> {
    this.#changes += 1;
    await this.#session.run(text, parameters);
  }
}

/** Adds to a map that forgets its oldest entry when it grows too large. */
function remember<T>(map: Map<string, T>, key: string, value: T, forget: (value: T) => void): void {
  map.set(key, value);
  if (map.size <= MOST_PLANS) return;
  const [oldest] = map;
  if (oldest === undefined) return;
  map.delete(oldest[0]);
  forget(oldest[1]);
}
