import { COLUMN_TYPES, DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { type Finding, type RunManifest, runKey } from '#core/domain/run.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { Lake } from '#core/ports/lake.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { Warehouse, WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';

/** What is needed to look into a run. */
export interface RunViewPorts {
  readonly warehouse: Warehouse;
  readonly lake: Lake;
  readonly runs: RunStore;
  readonly readSql: ReadSql;
}

type Parameters = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Reference data that investigations join with. A dataset that the lake does not hold is an empty table. */
const REFERENCE = [
  'change_log',
  'tariff',
  'catalog',
  'subscription',
  'network_profile',
  'holiday',
  'contract',
] as const satisfies readonly DatasetName[];

const SETUP = new URL('./run-view.sql', import.meta.url);
const GRAINS = new URL('./finding-grains.sql', import.meta.url);

/** One run opened for questions: its violations, population and reference data as tables of a private session. */
export class RunView {
  readonly manifest: RunManifest;
  readonly ports: RunViewPorts;
  readonly #findings: ReadonlyMap<string, Finding>;
  readonly #grains: ReadonlyMap<string, Grain>;
  readonly #session: WarehouseSession;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    ports: RunViewPorts,
    manifest: RunManifest,
    findings: readonly Finding[],
    grains: ReadonlyMap<string, Grain>,
    session: WarehouseSession,
  ) {
    this.ports = ports;
    this.manifest = manifest;
    this.#findings = new Map(findings.map((finding) => [finding.findingId, finding]));
    this.#grains = grains;
    this.#session = session;
  }

  /** Reads the run's files into a session. Throws RunNotFound when a file is not there. */
  static async open(ports: RunViewPorts, runId: string, manifest: RunManifest): Promise<RunView> {
    const findings = JSON.parse(await ports.runs.readText(runKey(runId, 'findings'))) as Finding[];
    const session = await ports.warehouse.open();
    try {
      await session.run(await ports.readSql(SETUP), {
        violations: await ports.runs.localPath(runKey(runId, 'violations')),
        members: await ports.runs.localPath(runKey(runId, 'members')),
        population: await ports.runs.localPath(runKey(runId, 'population')),
      });
      for (const dataset of REFERENCE) await loadReference(session, ports.lake, dataset);
      const rows = await session.query(await ports.readSql(GRAINS));
      const grains = new Map(rows.map((row) => [String(row.finding_id), row.grain as Grain]));
      return new RunView(ports, manifest, findings, grains, session);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  finding(findingId: string): Finding | undefined {
    return this.#findings.get(findingId);
  }

  /** What the violations of a finding are about; `record` for a finding without any. */
  grain(findingId: string): Grain {
    return this.#grains.get(findingId) ?? 'record';
  }

  /** Runs the query of an SQL file. Queries of one view run one after the other. */
  async query(file: URL, parameters: Parameters): Promise<WarehouseRow[]> {
    const sql = await this.ports.readSql(file);
    const result = this.#last.then(() => this.#session.query(sql, parameters));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#session.close();
  }
}

async function loadReference(session: WarehouseSession, lake: Lake, dataset: DatasetName): Promise<void> {
  const columns = DATASETS[dataset].columns;
  const declared = columns.map(({ name, type }) => `${name} ${COLUMN_TYPES[type]}`).join(', ');
  await session.run(`CREATE TABLE ${dataset} (${declared})`);
  const files = await lake.referenceFiles(dataset);
  const names = columns.map(({ name }) => name).join(', ');
  for (const file of files) {
    await session.run(`INSERT INTO ${dataset} BY NAME SELECT ${names} FROM read_parquet($path)`, {
      path: await lake.localPath(file),
    });
  }
}

/**
 * Keeps the views of the last runs open, because an investigation asks about ten questions about one run.
 * A run whose digest has changed is opened anew.
 */
export class RunViews {
  readonly #ports: RunViewPorts;
  readonly #capacity: number;
  readonly #open = new Map<string, { readonly digest: string; readonly view: Promise<RunView> }>();

  constructor(ports: RunViewPorts, capacity = 2) {
    this.#ports = ports;
    this.#capacity = capacity;
  }

  /** The view of a run. Throws RunNotFound when the run does not exist or is not merged yet. */
  async of(runId: string): Promise<RunView> {
    const manifest = JSON.parse(await this.#ports.runs.readText(runKey(runId, 'manifest'))) as RunManifest;
    const known = this.#open.get(runId);
    this.#open.delete(runId);
    if (known?.digest === manifest.digest) {
      this.#open.set(runId, known);
      return known.view;
    }
    if (known !== undefined) await closeQuietly(known.view);
    const view = RunView.open(this.#ports, runId, manifest);
    this.#open.set(runId, { digest: manifest.digest, view });
    view.catch(() => this.#open.delete(runId));
    await this.#closeOldest();
    return view;
  }

  async close(): Promise<void> {
    const views = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(views.map(({ view }) => closeQuietly(view)));
  }

  async #closeOldest(): Promise<void> {
    for (const [runId, { view }] of this.#open) {
      if (this.#open.size <= this.#capacity) return;
      this.#open.delete(runId);
      await closeQuietly(view);
    }
  }
}

async function closeQuietly(view: Promise<RunView>): Promise<void> {
  await view.then((opened) => opened.close()).catch(() => undefined);
}
