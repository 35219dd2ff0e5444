import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalOutbox } from '#adapters/local/outbox.ts';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { KyselyCaseStore } from '#adapters/store/kysely-case-store.ts';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import { type Finding, runKey } from '#core/domain/run.ts';
import { VIOLATION_COLUMNS, type Violation } from '#core/domain/violation.ts';
import { TestClock } from './cases.ts';

/** The real local adapters in a folder of their own. */
export interface TestStores {
  readonly cases: KyselyCaseStore;
  readonly runs: LocalRunStore;
  readonly warehouse: LocalWarehouse;
  readonly outbox: LocalOutbox;
  readonly readSql: typeof readSqlFile;
  readonly clock: TestClock;
  readonly remedyRules: typeof DEFAULT_REMEDY_RULES;
  readonly folder: string;
  dispose(): Promise<void>;
}

export async function openTestStores(): Promise<TestStores> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-cases-'));
  const clock = new TestClock();
  const cases = await openSqliteCaseStore({ file: join(folder, 'store.db'), clock });
  return {
    cases,
    runs: new LocalRunStore(folder),
    warehouse: new LocalWarehouse({ threads: 1, memoryLimitMb: 256 }),
    outbox: new LocalOutbox(join(folder, 'outbox')),
    readSql: readSqlFile,
    clock,
    remedyRules: DEFAULT_REMEDY_RULES,
    folder,
    async dispose() {
      await cases.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A violation of R03 with the given fields. */
export function aViolation(
  changes: Partial<Violation> & Pick<Violation, 'violation_id' | 'impact'>,
): Violation {
  const empty = Object.fromEntries(Object.keys(VIOLATION_COLUMNS).map((column) => [column, null]));
  return {
    ...(empty as unknown as Violation),
    control_id: 'R03',
    rule_version: '1',
    period: '2026-10',
    grain: 'record',
    key: `call-${changes.violation_id}`,
    symptom: 'zero-rate',
    dt: '2026-10-14',
    event_time: '2026-10-14T11:02:03.000Z',
    subscription_id: 'sub-1',
    account_id: 'acc-1',
    service: 'voice',
    expected: changes.impact,
    charged: '0.000000',
    currency: 'EUR',
    estimated: false,
    records: 1,
    ...changes,
  };
}

/** Writes the files of a merged run as far as cases need them. All violations belong to the finding unless named. */
export async function writeRun(
  stores: TestStores,
  finding: Finding,
  violations: readonly Violation[],
  others: readonly Violation[] = [],
): Promise<void> {
  const { runId } = finding;
  await stores.runs.write(runKey(runId, 'findings'), JSON.stringify([finding]));
  const columns = Object.entries(VIOLATION_COLUMNS).map(([name, type]) => `"${name}" ${type}`);
  const session = await stores.warehouse.open();
  try {
    await session.run(`CREATE TABLE violation (${columns.join(', ')})`);
    await session.run('CREATE TABLE member (finding_id VARCHAR, violation_id VARCHAR)');
    const names = Object.keys(VIOLATION_COLUMNS);
    const insert = `INSERT INTO violation VALUES (${names.map((name) => `$${name}`).join(', ')})`;
    for (const violation of [...violations, ...others]) {
      await session.run(insert, { ...violation });
      await session.run('INSERT INTO member VALUES ($finding, $violation)', {
        finding: others.includes(violation) ? 'f-0000000000000000' : finding.findingId,
        violation: violation.violation_id,
      });
    }
    const [violationFile, memberFile] = [
      await stores.runs.localPath(runKey(runId, 'violations')),
      await stores.runs.localPath(runKey(runId, 'members')),
    ];
    await session.run(`COPY violation TO '${violationFile}' (FORMAT parquet)`);
    await session.run(`COPY member TO '${memberFile}' (FORMAT parquet)`);
  } finally {
    await session.close();
  }
}
