import { existsSync } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { detectFormat, type FeedFormat } from '#core/connectors/decoders.ts';
import { parseFeedDeclaration, parseMapping, slotOf } from '#core/connectors/feed-declaration.ts';
import { findMapping } from '#core/connectors/mappings/find-mapping.ts';
import type { Mapping } from '#core/connectors/mappings/mapping.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { FeedDeclaration } from '#core/domain/feed.ts';

export const FEED_FILE = 'feed.json';

/** One file to ingest, and how. */
export interface PlannedFile {
  readonly path: string;
  /** Name within the feed folder: the `file_id` of its rows. */
  readonly name: string;
  readonly size: number;
  readonly format: FeedFormat;
  readonly mapping: Mapping;
  /** Slot of the feed that it fills; null where there is no declaration or its name does not say. */
  readonly slot: string | null;
}

/** The files of one dataset that are ingested together. */
export interface PlannedFeed {
  readonly dataset: DatasetName;
  readonly declaration: FeedDeclaration | undefined;
  readonly files: readonly PlannedFile[];
}

export interface PlanRequest {
  readonly path: string;
  /** For files without a `feed.json`. */
  readonly dataset?: DatasetName;
  readonly mapping?: string;
}

/**
 * What there is to ingest at a path: a file, a folder of files, a feed (a folder with `feed.json`) or a folder of
 * feeds. Hidden files are left out. Throws FileNotReadable or UsageError when the path says too little.
 */
export async function planIngest(request: PlanRequest): Promise<PlannedFeed[]> {
  const info = await stat(request.path).catch((cause) => {
    throw new PlumblineError(
      'FileNotReadable',
      { what: 'There is no such file or folder', where: request.path },
      { cause },
    );
  });
  if (info.isFile()) return [await planFeed(dirname(request.path), [basename(request.path)], request)];
  const feeds: PlannedFeed[] = [];
  for (const folder of await feedFolders(request.path)) {
    const names = (await filesBelow(folder)).map((path) => relative(folder, path).split(sep).join('/'));
    feeds.push(await planFeed(folder, names, request));
  }
  // A declared feed without files is kept: its declaration is what makes its absence known.
  if (feeds.some((feed) => feed.files.length > 0)) return feeds;
  throw new PlumblineError('FileNotReadable', {
    what: 'The folder holds no files to ingest',
    where: request.path,
  });
}

/** The feeds below a folder; the folder itself where there is none. */
async function feedFolders(folder: string): Promise<string[]> {
  if (existsSync(join(folder, FEED_FILE))) return [folder];
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
    .map((entry) => join(folder, entry.name));
  const feeds = folders.filter((path) => existsSync(join(path, FEED_FILE))).sort();
  return feeds.length > 0 ? feeds : [folder];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    if (isHidden(entry.name) || entry.name === FEED_FILE || entry.name.endsWith('.mapping.json')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) paths.push(...(await filesBelow(path)));
    else if (entry.isFile()) paths.push(path);
  }
  return paths.sort();
}

async function planFeed(
  folder: string,
  names: readonly string[],
  request: PlanRequest,
): Promise<PlannedFeed> {
  const declaration = await declarationIn(folder);
  const dataset = declaration?.dataset ?? request.dataset;
  if (dataset === undefined) {
    throw new PlumblineError('UsageError', {
      what: 'It is not said which dataset this is',
      where: request.path,
      why: `there is no ${FEED_FILE} beside the files`,
      next: `plumbline ingest ${request.path} --as usage`,
    });
  }
  if (declaration && request.dataset && request.dataset !== declaration.dataset) {
    throw new PlumblineError('UsageError', {
      what: `The feed is ${declaration.dataset}, not ${request.dataset}`,
      where: join(folder, FEED_FILE),
      next: 'leave out --as, or change the declaration',
    });
  }
  const files: PlannedFile[] = [];
  for (const name of names) files.push(await planFile(folder, name, dataset, declaration, request));
  return { dataset, declaration, files };
}

async function planFile(
  folder: string,
  name: string,
  dataset: DatasetName,
  declaration: FeedDeclaration | undefined,
  request: PlanRequest,
): Promise<PlannedFile> {
  const path = join(folder, name);
  const { size } = await stat(path);
  const wanted = request.mapping ?? declaration?.mapping;
  const format = declaration?.format ?? formatOf(name, await headOf(path), wanted);
  const mapping = await mappingFor(folder, wanted ?? (format === 'tmf635' ? 'tmf635' : 'canonical'), dataset);
  const slot = (declaration && slotOf(declaration, name)) ?? null;
  return { path, name, size, format, mapping, slot };
}

/** A mapping for delimited text says what the file is, whatever its name. */
function formatOf(name: string, head: Uint8Array, mapping: string | undefined): FeedFormat {
  if (mapping === 'tmf635') return 'tmf635';
  return mapping === undefined || mapping === 'canonical' ? detectFormat(name, head) : 'csv';
}

async function mappingFor(folder: string, name: string, dataset: DatasetName): Promise<Mapping> {
  const beside = join(folder, `${name}.mapping.json`);
  if (existsSync(beside)) return parseMapping(await readFile(beside, 'utf8'), beside);
  return findMapping(name, dataset);
}

async function declarationIn(folder: string): Promise<FeedDeclaration | undefined> {
  const path = join(folder, FEED_FILE);
  return existsSync(path) ? parseFeedDeclaration(await readFile(path, 'utf8'), path) : undefined;
}

async function headOf(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_');
}
