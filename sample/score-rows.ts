import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { PlumblineError } from '#core/domain/errors.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { Family } from './fault.ts';
import { literal, openDatabase } from './tables.ts';

/** Truth: money that a fault moved on a key, in millionths, signed expected - billed. */
export interface LabelRow {
  readonly faultId: string;
  readonly family: Family;
  readonly grain: Grain;
  readonly key: string;
  readonly amount: bigint;
}

/** Claim: a violation that a run reported. `control` is the three characters that name it. */
export interface ClaimRow {
  readonly control: string;
  readonly symptom: string;
  readonly grain: Grain;
  readonly key: string;
  readonly impact: bigint;
}

export interface Truths {
  readonly labels: readonly LabelRow[];
  readonly claims: readonly ClaimRow[];
  /** Innocent keys, `grain key`. */
  readonly benign: ReadonlyMap<string, readonly { readonly lookalikeId: string; readonly kind: string }[]>;
}

/** Reads labels, look-alikes and violations. */
export async function loadTruth(truthDir: string, violationsParquet: string): Promise<Truths> {
  const files = {
    labels: join(truthDir, 'labels.parquet'),
    benign: join(truthDir, 'benign_labels.parquet'),
    claims: violationsParquet,
  };
  for (const file of Object.values(files)) requireFile(file);
  const { connection, close } = await openDatabase();
  try {
    const labels = await rows(
      connection,
      `SELECT fault_id, family, grain, key, CAST(true_amount * 1000000 AS BIGINT) FROM ${from(files.labels)}`,
    );
    const claims = await rows(
      connection,
      `SELECT control_id, symptom, grain, key, CAST(impact * 1000000 AS BIGINT) FROM ${from(files.claims)}`,
    );
    const benign = await rows(connection, `SELECT lookalike_id, kind, grain, key FROM ${from(files.benign)}`);
    return {
      labels: labels.map(([faultId, family, grain, key, amount]) => ({
        faultId: String(faultId),
        family: family as Family,
        grain: grain as Grain,
        key: String(key),
        amount: BigInt(amount as bigint),
      })),
      claims: claims.map(([control, symptom, grain, key, impact]) => ({
        control: String(control).slice(0, 3),
        symptom: String(symptom),
        grain: grain as Grain,
        key: String(key),
        impact: BigInt(impact as bigint),
      })),
      benign: Map.groupBy(
        benign.map(([lookalikeId, kind, grain, key]) => ({
          lookalikeId: String(lookalikeId),
          kind: String(kind),
          at: `${grain} ${key}`,
        })),
        (row) => row.at,
      ),
    };
  } finally {
    close();
  }
}

/** The family under which a claim is counted when it is false: that of its control, told apart by its symptom. */
export function familyOfViolation({ control, symptom }: ClaimRow): Family {
  switch (control) {
    case 'U01':
    case 'U02':
    case 'U03':
    case 'U04':
    case 'U10':
    case 'U13':
    case 'U14':
    case 'U17':
      return 'mediation-drop';
    case 'U11':
    case 'U12':
    case 'U18':
      return 'rating-drop';
    case 'U06':
      return symptom.includes('billing') ? 'billing-drop' : 'rating-drop';
    case 'U07':
      return 'ghost-billing';
    case 'U08':
    case 'U09':
      return 'duplicate-billing';
    case 'R03':
      return symptom.includes('default') ? 'default-rate' : 'zero-rate';
    case 'P01':
      return 'active-not-billed';
    case 'P02':
      return 'billed-not-active';
    case 'R02':
      return 'wrong-tariff-version';
    case 'U05':
      return 'quantity-truncation';
    case 'U15':
      return 'wrong-time-band';
    default:
      if (symptom.includes('version')) return 'wrong-tariff-version';
      if (symptom.includes('quantity')) return 'quantity-truncation';
      return symptom.includes('band') ? 'wrong-time-band' : 'wrong-rate';
  }
}

const from = (file: string) => `read_parquet(${literal(file)})`;

async function rows(connection: DuckDBConnection, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

function requireFile(file: string): void {
  if (existsSync(file)) return;
  throw new PlumblineError('FileNotReadable', {
    what: 'A file that the score needs is missing',
    where: file,
    next: 'run plumbline generate for the truth and plumbline run for the violations',
  });
}
