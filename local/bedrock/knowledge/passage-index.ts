/** The passages of one knowledge base: SQLite FTS5, ranked by BM25. One index each, so that none sees another. */
import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue } from '../model.ts';
import type { Passage } from './chunk.ts';

export interface IndexedPassage extends Passage {
  readonly id: number;
  readonly uri: string;
  readonly dataSourceId: string;
  readonly metadata: { readonly [key: string]: JsonValue };
  /** Above zero; higher is nearer. */
  readonly score: number;
}

export interface StoredDocument {
  readonly uri: string;
  readonly hash: string;
}

export interface PassageIndex {
  documents(dataSourceId: string): readonly StoredDocument[];
  /** Puts a document in place of its earlier version. */
  replace(
    dataSourceId: string,
    document: StoredDocument & { readonly metadata: { readonly [key: string]: JsonValue } },
    passages: readonly Passage[],
  ): void;
  removeDocument(uri: string): void;
  /** All passages that share a word with the query, best first. */
  search(query: string): readonly IndexedPassage[];
}

const tables = (knowledgeBaseId: string) => {
  if (!/^[0-9A-Za-z]+$/.test(knowledgeBaseId)) throw new Error(`malformed id ${knowledgeBaseId}`);
  return {
    documents: `bedrock_kb_${knowledgeBaseId}_document`,
    passages: `bedrock_kb_${knowledgeBaseId}_passage`,
  };
};

export function createIndex(db: DatabaseSync, knowledgeBaseId: string): void {
  const { documents, passages } = tables(knowledgeBaseId);
  db.exec(`
    CREATE TABLE ${documents} (
      uri TEXT PRIMARY KEY, data_source_id TEXT NOT NULL, hash TEXT NOT NULL, metadata TEXT NOT NULL
    ) STRICT;
    CREATE VIRTUAL TABLE ${passages} USING fts5(
      text, uri UNINDEXED, start UNINDEXED, "end" UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2'
    );
  `);
}

export function dropIndex(db: DatabaseSync, knowledgeBaseId: string): void {
  const { documents, passages } = tables(knowledgeBaseId);
  db.exec(`DROP TABLE IF EXISTS ${documents}; DROP TABLE IF EXISTS ${passages};`);
}

export function openIndex(db: DatabaseSync, knowledgeBaseId: string): PassageIndex {
  const { documents, passages } = tables(knowledgeBaseId);
  const removeDocument = (uri: string) => {
    db.prepare(`DELETE FROM ${passages} WHERE uri = ?`).run(uri);
    db.prepare(`DELETE FROM ${documents} WHERE uri = ?`).run(uri);
  };
  return {
    documents: (dataSourceId) =>
      db
        .prepare(`SELECT uri, hash FROM ${documents} WHERE data_source_id = ? ORDER BY uri`)
        .all(dataSourceId) as unknown as StoredDocument[],
    replace(dataSourceId, { uri, hash, metadata }, list) {
      removeDocument(uri);
      db.prepare(`INSERT INTO ${documents} VALUES (?, ?, ?, ?)`).run(
        uri,
        dataSourceId,
        hash,
        JSON.stringify(metadata),
      );
      const insert = db.prepare(`INSERT INTO ${passages} (text, uri, start, "end") VALUES (?, ?, ?, ?)`);
      for (const passage of list) insert.run(passage.text, uri, passage.start, passage.end);
    },
    removeDocument,
    search(query) {
      const match = matchExpression(query);
      if (match === undefined) return [];
      const rows = db
        .prepare(
          `SELECT p.rowid AS id, p.text, p.uri, p.start, p."end", d.data_source_id AS dataSourceId, d.metadata,
                  -bm25(${passages}) AS score
           FROM ${passages} p JOIN ${documents} d ON d.uri = p.uri
           WHERE ${passages} MATCH ? ORDER BY score DESC, p.rowid`,
        )
        .all(match) as unknown as (Omit<IndexedPassage, 'metadata'> & { metadata: string })[];
      return rows.map((row) => ({ ...row, metadata: JSON.parse(row.metadata) }));
    },
  };
}

/** Any of the words, each quoted, so that nothing in a query is read as FTS syntax. */
function matchExpression(query: string): string | undefined {
  const words = new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  if (words.size === 0) return undefined;
  return [...words].map((word) => `"${word}"`).join(' OR ');
}
