import type { Lapse } from '#core/cases/recoverability.ts';
import type { RemedyRules } from '#core/cases/remedy.ts';
import type { Case } from '#core/domain/case.ts';
import type { Day } from '#core/domain/period.ts';
import type { RunManifest } from '#core/domain/run.ts';
import type { Kpi } from '#core/kpi/kpi.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Lake } from '#core/ports/lake.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';

/** One thing of the configuration that was looked at. */
export interface ConfigurationCheck {
  readonly what: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'unavailable' | 'unavailable';
  readonly found: string;
}

/** What the tool needs. Nothing of it writes. */
export interface CaseLookupPorts {
  readonly cases: Pick<
    CaseStore,
    'findCase' | 'findFinding' | 'listCases' | 'latestProposal' | 'listDecisions' | 'events' | 'listEvidence'
  >;
  readonly runs: Pick<RunStore, 'list' | 'readText'>;
  readonly lake: Lake;
  readonly warehouse: Warehouse;
  readonly readSql: ReadSql;
  readonly clock: Clock;
  readonly remedyRules: RemedyRules;
  /** The KPIs of a run, the newest where none is named. */
  readonly kpisOf: (
    runId?: string,
  ) => Promise<{ readonly manifest: RunManifest; readonly kpis: readonly Kpi[] }>;
  /** What of each case's money can still be charged. */
  readonly lapsesOf: (
    cases: readonly Case[],
    bounds: { readonly asOf: Day; readonly withinDays: number },
  ) => Promise<ReadonlyMap<string, Lapse>>;
  readonly configuration: () => Promise<readonly ConfigurationCheck[]>;
}

/** Largest number of rows of a list. */
export const ROWS_SHOWN = 10;
