import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { DATASETS } from '#core/domain/datasets.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { readCanonicalTariff } from '#core/rating/plan/canonical.ts';
import { type ConversionFacts, priceListOfCgrates } from '#core/rating/plan/cgrates-price-list.ts';
import { CgratesBook } from '#core/rating/plan/cgrates-resolve.ts';
import { CGRATES_FILES, type CgratesFiles } from '#core/rating/plan/cgrates-tables.ts';
import { readCgratesTariff } from '#core/rating/plan/cgrates-tariff.ts';
import { PlanPricer } from '#core/rating/plan/charge-session.ts';
import { chargeSessions } from '#core/rating/plan/charge-sessions.ts';
import { parseRateEvent, type RateEvent, type Resolution, type TariffBook } from '#core/rating/plan/event.ts';
import { costString, type Schedule } from '#core/rating/plan/model.ts';
import type { PriceListRow } from '#core/rating/plan/price-list.ts';
import { readTmf620, tmf620Rows } from '#core/rating/plan/tmf620.ts';

/** Formats that a tariff may be in. */
export const TARIFF_FORMATS = ['cgrates', 'tmf620', 'canonical'] as const;
export type TariffFormat = (typeof TARIFF_FORMATS)[number];
/** Which of the two raters works; `both` fails on any difference. */
export const RATER_FORMS = ['ts', 'sql', 'both'] as const;
export type RaterForm = (typeof RATER_FORMS)[number];

/** The price of one event, or why it has none. `cost` is an exact decimal. */
export interface RatedEvent {
  readonly id: string | null;
  readonly line: number;
  readonly cost?: string;
  readonly currency?: string;
  readonly error?: string;
  /** What was wrong with the line, where it could not be read. */
  readonly what?: string;
  readonly steps: readonly string[];
}

const BATCH = 20_000;

/**
 * Prices the events of a JSON Lines file by a tariff folder, in order. Where the folder holds a folder per plan, each
 * event names its plan. A line that cannot be read is a result with an error; the others go on.
 */
export async function* rateFile(options: {
  readonly tariff: string;
  readonly format: TariffFormat;
  readonly events: string;
  readonly form: RaterForm;
  readonly onWarning: (text: string) => void;
}): AsyncGenerator<RatedEvent> {
  const books = await openBooks(options.tariff, options.format, options.onWarning);
  await mustExist(options.events, 'event file');
  const session =
    options.form === 'ts' ? null : await new LocalWarehouse({ memoryLimitMb: 1024, threads: 1 }).open();
  try {
    const lines = createInterface({ input: createReadStream(options.events), crlfDelay: Infinity });
    const rater = new BatchRater(books, options.form, session);
    let batch: Line[] = [];
    let line = 0;
    for await (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      batch.push(readLine(text, line));
      if (batch.length < BATCH) continue;
      yield* await rater.rate(batch);
      batch = [];
    }
    yield* await rater.rate(batch);
  } finally {
    await session?.close();
  }
}

interface Line {
  readonly line: number;
  readonly id: string | null;
  readonly event: RateEvent | null;
  readonly what: string | null;
}

function readLine(text: string, line: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, id: null, event: null, what: 'The line is not JSON' };
  }
  try {
    const event = parseRateEvent(value);
    return { line, id: event.id, event, what: null };
  } catch (error) {
    if (!isPlumblineError(error)) throw error;
    const id = (value as { id?: unknown } | null)?.id;
    return { line, id: id === undefined ? null : String(id), event: null, what: error.facts.what };
  }
}

type BookOf = (plan: string | null) => Promise<TariffBook | null>;

class BatchRater {
  readonly #bookOf: BookOf;
  readonly #form: RaterForm;
  readonly #session: WarehouseSession | null;
  readonly #pricers = new Map<Schedule, PlanPricer>();

  constructor(bookOf: BookOf, form: RaterForm, session: WarehouseSession | null) {
    this.#bookOf = bookOf;
    this.#form = form;
    this.#session = session;
  }

  async rate(batch: readonly Line[]): Promise<readonly RatedEvent[]> {
    const resolved = await Promise.all(batch.map((line) => this.#resolve(line)));
    const typescript = this.#form === 'sql' ? null : batch.map((line, i) => this.#price(line, resolved[i]));
    const sql = this.#session ? await this.#priceInSql(this.#session, batch, resolved) : null;
    if (typescript && sql) agree(typescript, sql);
    return typescript ?? sql ?? [];
  }

  async #resolve(line: Line): Promise<Resolution | null> {
    if (!line.event) return null;
    const book = await this.#bookOf(line.event.plan);
    if (!book) return { error: 'PLAN_NOT_FOUND', steps: [`There is no tariff folder ${line.event.plan}`] };
    return line.event.usage <= 0n ? null : book.resolve(line.event);
  }

  #price(line: Line, resolution: Resolution | null | undefined): RatedEvent {
    const early = withoutPrice(line, resolution);
    if (early || !resolution || 'error' in resolution || !line.event) return early ?? zero(line);
    const pricer = this.#pricers.get(resolution.schedule) ?? new PlanPricer(resolution.schedule);
    this.#pricers.set(resolution.schedule, pricer);
    const charge = pricer.charge({ start: line.event.start, quantity: resolution.quantity });
    return resultOf(line, charge, [...resolution.steps, ...charge.steps]);
  }

  async #priceInSql(
    session: WarehouseSession,
    batch: readonly Line[],
    resolved: readonly (Resolution | null)[],
  ): Promise<readonly RatedEvent[]> {
    const schedules = new Map<Schedule, number>();
    const rows = batch.flatMap((line, i) => {
      const resolution = resolved[i];
      if (!line.event || !resolution || 'error' in resolution) return [];
      const id = schedules.get(resolution.schedule) ?? schedules.size;
      schedules.set(resolution.schedule, id);
      return [`(${i}, ${id}, ${line.event.start}, ${resolution.quantity})`];
    });
    await session.run(
      'CREATE OR REPLACE TEMP TABLE plan_session(session_id INTEGER, schedule_id INTEGER, start_ms BIGINT, quantity BIGINT)',
    );
    for (let i = 0; i < rows.length; i += 1000)
      await session.run(`INSERT INTO plan_session VALUES ${rows.slice(i, i + 1000).join(', ')}`);
    await chargeSessions(session, readSqlFile, [...schedules.keys()]);
    const charges = new Map(
      (
        await session.query(
          'SELECT session_id, CAST(cost AS VARCHAR) AS cost, failure, currency FROM plan_charge',
        )
      ).map((row) => [Number(row.session_id), row]),
    );
    return batch.map((line, i) => {
      const row = charges.get(i);
      if (!row) return withoutPrice(line, resolved[i]) ?? zero(line);
      const cost = row.cost === null ? null : BigInt(String(row.cost));
      const failure = row.failure === null ? null : String(row.failure);
      const currency = row.currency === null ? null : String(row.currency);
      return resultOf(line, { cost, failure, currency }, []);
    });
  }
}

function withoutPrice(line: Line, resolution: Resolution | null | undefined): RatedEvent | null {
  const head = { id: line.id, line: line.line };
  if (!line.event) return { ...head, error: 'EVENT_INVALID', what: line.what ?? '', steps: [] };
  if (resolution && 'error' in resolution)
    return { ...head, error: resolution.error, steps: resolution.steps };
  return resolution ? null : zero(line);
}

function zero(line: Line): RatedEvent {
  return {
    id: line.id,
    line: line.line,
    cost: '0',
    steps: ['The session has no quantity, so nothing is due'],
  };
}

function resultOf(
  line: Line,
  charge: { readonly cost: bigint | null; readonly failure: string | null; readonly currency: string | null },
  steps: readonly string[],
): RatedEvent {
  const head = { id: line.id, line: line.line, steps };
  if (charge.cost === null) return { ...head, error: charge.failure ?? 'NO_PRICE' };
  return {
    ...head,
    cost: costString(charge.cost),
    ...(charge.currency === null ? {} : { currency: charge.currency }),
  };
}

/** Throws RatersDisagree at the first event on which the two forms differ. */
function agree(typescript: readonly RatedEvent[], sql: readonly RatedEvent[]): void {
  typescript.forEach((ours, i) => {
    const theirs = sql[i];
    if (ours.cost === theirs?.cost && ours.error === theirs?.error) return;
    throw new PlumblineError('RatersDisagree', {
      what: `The two forms of the re-rater disagree on event ${ours.id} (line ${ours.line})`,
      why: `worked: ${ours.cost ?? ours.error}; in SQL: ${theirs?.cost ?? theirs?.error}`,
      next: 'this is a defect: report it with the tariff and the event',
    });
  });
}

/** The tariff of a folder, or one per folder in it, read when first asked for. */
async function openBooks(
  folder: string,
  format: TariffFormat,
  onWarning: (text: string) => void,
): Promise<BookOf> {
  await mustExist(folder, 'tariff folder');
  const own = await filesOf(folder, format);
  if (own.size > 0) {
    const book = bookOf(own, format);
    book.warnings.forEach(onWarning);
    return async () => book;
  }
  const entries = await readdir(folder, { withFileTypes: true });
  const plans = new Set(entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name));
  if (plans.size === 0)
    throw new PlumblineError('TariffInvalid', {
      what: `There is no ${format} tariff in ${folder}`,
      why: 'neither the folder nor a folder in it holds its files',
      next: 'plumbline rate --help',
    });
  const books = new Map<string, Promise<TariffBook>>();
  const open = async (plan: string) => {
    const book = bookOf(await filesOf(join(folder, plan), format), format);
    for (const warning of book.warnings) onWarning(`${plan}: ${warning}`);
    return book;
  };
  return async (plan) => {
    if (plan === null || !plans.has(plan)) return null;
    const book = books.get(plan) ?? open(plan);
    books.set(plan, book);
    return book;
  };
}

/**
 * The tariff of a folder as CSV text of the datasets `tariff` and `zone`, ready to be ingested, so that a tariff from
 * elsewhere can be reconciled against. `zone` is empty for TMF620, whose zones stand in a file of their own.
 */
export async function convertTariff(options: {
  readonly folder: string;
  readonly format: 'cgrates' | 'tmf620';
  readonly facts: ConversionFacts;
}): Promise<{ readonly tariff: string; readonly zone: string; readonly warnings: readonly string[] }> {
  await mustExist(options.folder, 'tariff folder');
  const files = await filesOf(options.folder, options.format);
  if (options.format === 'tmf620')
    return { tariff: csvOf('tariff', tmf620Rows(files)), zone: '', warnings: [] };
  const tariff = readCgratesTariff(Object.fromEntries(files) as CgratesFiles);
  const list = priceListOfCgrates(tariff, options.facts);
  return { tariff: csvOf('tariff', list.tariff), zone: csvOf('zone', list.zone), warnings: tariff.warnings };
}

function csvOf(dataset: 'tariff' | 'zone', rows: readonly PriceListRow[]): string {
  const names = DATASETS[dataset].columns.map((column) => column.name);
  const lines = rows.map((row) => names.map((name) => row[name] ?? '').join(','));
  return [names.join(','), ...lines, ''].join('\n');
}

const FILES_OF: Readonly<Record<TariffFormat, (name: string) => boolean>> = {
  cgrates: (name) => (CGRATES_FILES as readonly string[]).includes(name),
  tmf620: (name) => name.endsWith('.json') || name === 'zone.csv' || name === 'holiday.csv',
  canonical: (name) => ['tariff.csv', 'zone.csv', 'holiday.csv'].includes(name),
};

async function filesOf(folder: string, format: TariffFormat): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter(FILES_OF[format]).sort();
  return new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, string]> => [name, await readFile(join(folder, name), 'utf8')],
      ),
    ),
  );
}

function bookOf(files: ReadonlyMap<string, string>, format: TariffFormat): TariffBook {
  if (format === 'cgrates')
    return new CgratesBook(readCgratesTariff(Object.fromEntries(files) as CgratesFiles));
  return format === 'tmf620' ? readTmf620(files) : readCanonicalTariff(files);
}

async function mustExist(path: string, what: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    throw new PlumblineError(
      'FileNotReadable',
      { what: `There is no ${what} ${path}`, next: 'plumbline rate --help' },
      { cause: error },
    );
  }
}
