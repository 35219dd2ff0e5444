/** A passage of a document: its text stands in the document at these character offsets, word for word. */
export interface Passage {
  readonly contractId: string;
  readonly title: string;
  readonly subject: string;
  /** Heading under which it stands; empty before the first. */
  readonly heading: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly text: string;
  /** Kinds of clause that it may be. */
  readonly clauseTypes: readonly string[];
}

/** A passage that was found. Larger scores are better; they compare within one search only. */
export interface ScoredPassage extends Passage {
  readonly score: number;
}

/** Full-text search over passages: SQLite FTS5 on a laptop, a knowledge base on AWS. */
export interface ContractIndex {
  /** Makes the passages searchable under the name; a name that is known keeps what it has. */
  add(collection: string, passages: readonly Passage[]): Promise<void>;
  has(collection: string): Promise<boolean>;
  /** Best first. Words of the question are alternatives; a subject narrows, clause types rank higher. */
  search(
    collection: string,
    query: {
      readonly question: string;
      readonly subject?: string;
      readonly clauseType?: string;
      readonly limit: number;
    },
  ): Promise<ScoredPassage[]>;
}
