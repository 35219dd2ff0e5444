/**
 * Reads the text of an SQL file that a part of core names by its URL (such as the `match.sql` of a control).
 * Core has no disk: the host passes this in. On a laptop it is a file, in a Lambda a file of the bundle.
 */
export type ReadSql = (url: URL) => Promise<string>;
