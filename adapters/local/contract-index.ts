import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ContractIndex, Passage, ScoredPassage } from '#core/ports/contract-index.ts';

/** Words that say nothing about what is looked for. */
const STOP_WORDS = new Set(
  'a an and are as at be by do does for from has have how in is it its of on or that the this to was were what when which who will with'.split(
    ' ',
  ),
);

/** How much better a passage ranks that is of the kind asked for, in units of BM25. */
const CLAUSE_BONUS = 3;

/** SQLite's full-text search in memory: BM25 over heading, title and text, words reduced to their stems. */
export class FtsContractIndex implements ContractIndex {
  readonly #database = new DatabaseSync(':memory:');
  readonly #collections = new Set<string>();
  readonly #insert: StatementSync;
  readonly #search: StatementSync;

  constructor() {
    this.#database.exec(`
      CREATE VIRTUAL TABLE passage USING fts5(
        heading, title, text, collection UNINDEXED, subject UNINDEXED, body UNINDEXED,
        tokenize = 'porter unicode61 remove_diacritics 2'
      )`);
    this.#insert = this.#database.prepare(
      'INSERT INTO passage (heading, title, text, collection, subject, body) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#search = this.#database.prepare(`
      SELECT body, -bm25(passage, 2.0, 1.0, 1.0) AS score
      FROM passage
      WHERE passage MATCH ? AND collection = ? AND (? IS NULL OR subject = ?)
      ORDER BY score DESC, rowid
      LIMIT 200`);
  }

  async has(collection: string): Promise<boolean> {
    return this.#collections.has(collection);
  }

  async add(collection: string, passages: readonly Passage[]): Promise<void> {
    if (this.#collections.has(collection)) return;
    this.#database.exec('BEGIN');
    try {
      for (const passage of passages) {
        const { heading, title, text, subject } = passage;
        this.#insert.run(heading, title, text, collection, subject, JSON.stringify(passage));
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#collections.add(collection);
  }

  async search(
    collection: string,
    query: {
      readonly question: string;
      readonly subject?: string;
      readonly clauseType?: string;
      readonly limit: number;
    },
  ): Promise<ScoredPassage[]> {
    const match = matchExpression(`${query.question} ${query.clauseType ?? ''}`);
    if (match === undefined) return [];
    const subject = query.subject ?? null;
    const rows = this.#search.all(match, collection, subject, subject);
    return rows
      .map((row) => {
        const passage = JSON.parse(String(row.body)) as Passage;
        const wanted = query.clauseType !== undefined && passage.clauseTypes.includes(query.clauseType);
        return { ...passage, score: Number(row.score) + (wanted ? CLAUSE_BONUS : 0) };
      })
      .sort((a, b) => b.score - a.score || (a.contractId < b.contractId ? -1 : 1) || a.start - b.start)
      .slice(0, query.limit);
  }

  close(): void {
    this.#database.close();
  }
}

/** Words of the question as alternatives; each is quoted, so that no word is an operator. */
function matchExpression(question: string): string | undefined {
  const words = (question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(
    (word) => !STOP_WORDS.has(word),
  );
  return words.length === 0 ? undefined : [...new Set(words)].map((word) => `"${word}"`).join(' OR ');
}
