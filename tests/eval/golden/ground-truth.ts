import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Remedy } from '#core/domain/case.ts';
import type { AnyFamily, FaultRecord } from '#sample/fault.ts';

/** What is true of one finding, from the generator alone. */
export interface CaseTruth {
  /** The fault that made its violations; undefined where none did, or where several share it. */
  readonly fault: FaultRecord | undefined;
  /** Any of these families may be named: of faults that stand on the same records, both are right. */
  readonly families: readonly AnyFamily[];
  /** Entries of the log that caused it; none where the log does not know. */
  readonly causes: readonly string[];
  readonly remedies: readonly Remedy[];
  /** Share of its records that carry the label of the fault, in percent. */
  readonly purity: number;
  /**
   * Money that the fault moved on its keys, in millionths, signed expected - billed. Null where another fault stands on
   * some of the same records: what each of two moved there is a convention, and no yardstick.
   */
  readonly money: bigint | null;
}

/** From this share of its records on, a finding is that fault's. */
const PURE_PERCENT = 80;

/** Controls that look at the price of a record: what one of them does not name, another may. */
const PRICE_CONTROLS: readonly string[] = ['R01', 'R02', 'R03', 'U05', 'U15'];

/** How well a fault fits a finding of a control: its own, one that looks at the same side of records, none. */
function fitOf(control: string, fault: FaultRecord): 0 | 1 | 2 {
  if (control.startsWith(fault.control)) return 2;
  const isPrice = (name: string) => PRICE_CONTROLS.some((own) => name.startsWith(own));
  return isPrice(control) && isPrice(fault.control) ? 1 : 0;
}

interface Row {
  readonly finding: string;
  readonly control: string;
  readonly keys: number;
  readonly fault: string | null;
  readonly on: number;
  readonly money: bigint;
}

/** The truth of every finding of a run: its violations' keys against the labels of the generator. */
export async function groundTruth(
  truthDir: string,
  runDir: string,
  faults: readonly FaultRecord[],
): Promise<Map<string, CaseTruth>> {
  const rows = await labelledShares(truthDir, runDir);
  const byId = new Map(faults.map((fault) => [fault.faultId, fault]));
  return new Map(
    [...Map.groupBy(rows, ({ finding }) => finding)].map(([finding, own]) => {
      const control = own[0]?.control ?? '';
      const pure = own
        .flatMap((row) => {
          const fault = byId.get(row.fault ?? '');
          return fault !== undefined && row.on * 100 >= PURE_PERCENT * row.keys
            ? [{ ...row, fault, fit: fitOf(control, fault) }]
            : [];
        })
        .sort((a, b) => b.fit - a.fit || b.on - a.on);
      // Records that were charged twice and at a wrong price are in two findings, each with a cause of its own.
      const found = pure.filter(({ fit }) => fit === pure[0]?.fit);
      const truth: CaseTruth = {
        fault: found[0]?.fault,
        families: found.map(({ fault }) => fault.family),
        causes: found.flatMap(({ fault }) => fault.changeId ?? []),
        remedies: found.flatMap(({ fault }) => fault.remedies),
        purity: Math.floor((100 * (found[0]?.on ?? 0)) / (own[0]?.keys ?? 1)),
        money: own.filter(({ fault }) => fault !== null).length === 1 ? (found[0]?.money ?? 0n) : null,
      };
      return [finding, truth] as const;
    }),
  );
}

async function labelledShares(truthDir: string, runDir: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const parquet = (folder: string, name: string) =>
    `read_parquet('${join(folder, name).replaceAll("'", "''")}')`;
  try {
    const reader = await connection.runAndReadAll(`
      WITH member AS (
        SELECT DISTINCT finding_id, control_id, grain, key
        FROM ${parquet(runDir, 'finding_members.parquet')}
        JOIN ${parquet(runDir, 'violations.parquet')} USING (violation_id)
      ),
      size AS (SELECT finding_id, count(*) AS keys FROM member GROUP BY finding_id)
      SELECT finding_id, any_value(control_id), any_value(keys)::INTEGER, fault_id, count(fault_id)::INTEGER,
        coalesce(sum(CAST(true_amount * 1000000 AS BIGINT)), 0)::BIGINT
      FROM member JOIN size USING (finding_id)
      LEFT JOIN ${parquet(truthDir, 'labels.parquet')} AS labels USING (grain, key)
      GROUP BY finding_id, fault_id
      ORDER BY finding_id, fault_id`);
    return reader.getRows().map(([finding, control, keys, fault, on, money]) => ({
      finding: String(finding),
      control: String(control),
      keys: Number(keys),
      fault: fault === null ? null : String(fault),
      on: Number(on),
      money: BigInt(money as bigint),
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
