import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { detectFormat, type FeedFormat } from '#core/connectors/decoders.ts';
import { parseFeedDeclaration, parseMapping, slotOf } from '#core/connectors/feed-declaration.ts';
import { findMapping } from '#core/connectors/mappings/find-mapping.ts';
import type { Mapping } from '#core/connectors/mappings/mapping.ts';
import { emptyFile } from '#core/connectors/records.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import { isHidden, packedAs, refusedArchive, zipEntries } from './ingest-archive.ts';
import { headOf, notReadable, plainHead, type SourceLocation } from './ingest-source.ts';

export const FEED_FILE = 'feed.json';

/** One file to ingest, and how. */
export interface PlannedFile {
  readonly source: SourceLocation;
  /** Name within the feed folder: the `file_id` of its rows. In an archive `<archive>/<entry>`. */
  readonly name: string;
  /** Bytes on the disk; of an entry, its packed ones. */
  readonly size: number;
  readonly format: FeedFormat;
  readonly mapping: Mapping;
  /** Slot of the feed that it fills; null where there is no declaration or its name does not say. */
  readonly slot: string | null;
}

/** A file that is refused before it is opened, or an archive as a whole. */
export interface RefusedPlan {
  readonly name: string;
  readonly size: number;
  readonly refusal: PlumblineError;
}

/** The files of one dataset that are ingested together. They are looked at one by one: a folder may hold a million. */
export interface PlannedFeed {
  readonly dataset: DatasetName;
  readonly declaration: FeedDeclaration | undefined;
  /** Names of the files in the folder, in order. */
  readonly names: readonly string[];
  /** Bytes of all of them. */
  readonly bytes: number;
  /** How to take a file: one plan, or one for each file of an archive. What speaks against a file is part of its plan. */
  plan(name: string): Promise<(PlannedFile | RefusedPlan)[]>;
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
  if (!info.isFile() && !info.isDirectory()) throw noFile(request.path);
  if (info.isFile()) return [await planFeed(dirname(request.path), [basename(request.path)], request)];
  const feeds: PlannedFeed[] = [];
  for (const folder of await feedFolders(request.path)) {
    const names = (await filesBelow(folder)).map((path) => relative(folder, path).split(sep).join('/'));
    feeds.push(await planFeed(folder, names, request));
  }
  // A declared feed without files is kept: its declaration is what makes its absence known.
  if (feeds.some((feed) => feed.names.length > 0)) return feeds;
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

/** Everything below the folder that is no folder; links and devices as well, so that their refusal is said. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    if (isHidden(entry.name) || entry.name === FEED_FILE || entry.name.endsWith('.mapping.json')) continue;
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) paths.push(path);
    else for (const below of await filesBelow(path)) paths.push(below);
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
  const planner = new FilePlanner(folder, dataset, declaration, request);
  await planner.checkMapping();
  const bytes = names.reduce((sum, name) => sum + sizeOf(join(folder, name)), 0);
  return { dataset, declaration, names, bytes, plan: (name) => planner.plan(name) };
}

/** Finds out how the files of a feed are to be read. */
class FilePlanner {
  readonly #folder: string;
  readonly #dataset: DatasetName;
  readonly #declaration: FeedDeclaration | undefined;
  readonly #wanted: string | undefined;
  readonly #named: boolean;
  readonly #mappings = new Map<string, Mapping>();

  constructor(
    folder: string,
    dataset: DatasetName,
    declaration: FeedDeclaration | undefined,
    request: PlanRequest,
  ) {
    this.#folder = folder;
    this.#dataset = dataset;
    this.#declaration = declaration;
    this.#wanted = request.mapping ?? declaration?.mapping;
    this.#named = join(folder, basename(request.path)) === join(request.path);
  }

  /** Throws when the mapping that was named does not exist: then no file can be read. */
  async checkMapping(): Promise<void> {
    if (this.#wanted !== undefined) await this.#mapping(this.#wanted);
  }

  async plan(name: string): Promise<(PlannedFile | RefusedPlan)[]> {
    const path = join(this.#folder, name);
    const size = sizeOf(path);
    try {
      if (!this.#status(path).isFile()) throw noFile(name);
      const packed = packedAs(await plainHead(path, name));
      if (packed !== 'zip') return [await this.#file({ path, packed }, name, size)];
      const plans: (PlannedFile | RefusedPlan)[] = [];
      for (const entry of await zipEntries(path, name)) {
        const source = { path, packed, entry };
        plans.push(await this.#entry(source, `${name}/${entry.fileName}`, entry.compressedSize));
      }
      if (plans.length === 0) throw emptyFile(name, 'the archive holds no file');
      return plans;
    } catch (error) {
      return [{ name, size, refusal: refusalOf(error, name) }];
    }
  }

  /** A link is followed only where the user named it himself. */
  #status(path: string): Stats {
    return this.#named ? statSync(path) : lstatSync(path);
  }

  async #entry(source: SourceLocation, name: string, size: number): Promise<PlannedFile | RefusedPlan> {
    try {
      return await this.#file(source, name, size);
    } catch (error) {
      return { name, size, refusal: refusalOf(error, name) };
    }
  }

  async #file(source: SourceLocation, name: string, size: number): Promise<PlannedFile> {
    const head = await headOf(source, name);
    if (source.packed !== 'no') checkUnpacked(head, name);
    const bare = source.packed === 'gzip' ? name.replace(/\.gz$/i, '') : name;
    const format = this.#declaration?.format ?? formatOf(bare, head, this.#wanted);
    if (format === 'parquet' && source.packed !== 'no') {
      throw refusedArchive(
        name,
        'Parquet is packed already and is not read from an archive',
        'send it as it is',
      );
    }
    const mapping = await this.#mapping(this.#wanted ?? (format === 'tmf635' ? 'tmf635' : 'canonical'));
    const slot = (this.#declaration && slotOf(this.#declaration, bare)) ?? null;
    return { source, name, size, format, mapping, slot };
  }

  async #mapping(name: string): Promise<Mapping> {
    const known = this.#mappings.get(name) ?? (await mappingFor(this.#folder, name, this.#dataset));
    this.#mappings.set(name, known);
    return known;
  }
}

/** An archive in an archive is not opened: how deep that goes, nobody knows. */
function checkUnpacked(head: Uint8Array, name: string): void {
  if (packedAs(head) !== 'no') throw refusedArchive(name, 'it holds another archive', 'unpack the outer one');
  if (Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1', 257, 262) === 'ustar') {
    throw refusedArchive(name, 'it holds a tar archive', 'unpack it, then ingest the folder');
  }
}

function refusalOf(error: unknown, name: string): PlumblineError {
  return isPlumblineError(error) ? error : notReadable(name, error);
}

function noFile(where: string): PlumblineError {
  return new PlumblineError('FileNotReadable', {
    what: 'This is not a file',
    where,
    why: 'links, pipes and devices are not followed: they may lead anywhere',
    next: 'put the file itself there',
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
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
