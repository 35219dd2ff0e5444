import { readFile } from 'node:fs/promises';
import type { ReadSql } from '#core/ports/read-sql.ts';

const texts = new Map<string, Promise<string>>();

/** Reads an SQL file beside the code, once per process. */
export const readSqlFile: ReadSql = (url) => {
  const known = texts.get(url.href);
  if (known !== undefined) return known;
  const text = readFile(url, 'utf8');
  texts.set(url.href, text);
  return text;
};
