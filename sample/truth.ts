import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Remedy } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { decimalString, money } from '#core/domain/money.ts';
import type { Grain } from '#core/domain/violation.ts';
import { HOUR_MS, instantText } from './calendar.ts';
import type { FaultState } from './effects.ts';
import { FAMILIES, type Family, type FaultRecord } from './fault.ts';
import type { Lookalike } from './lookalikes.ts';
import { decimalOf, literal, TableBuffer } from './tables.ts';

/** Sums that prove the sample: expected - billed = faults + rounding, to the last digit. Decimal texts. */
export interface Totals {
  readonly currency: string;
  readonly sessions: number;
  readonly expected: string;
  readonly expectedUsage: string;
  readonly expectedFees: string;
  readonly billed: string;
  /** Sum of all labels, signed expected - billed. */
  readonly faults: string;
  readonly underCharged: string;
  readonly overCharged: string;
  /** Innocent rounding differences. */
  readonly rounding: string;
}

/** Keys that one look-alike may give at most: enough to see whether any is reported. */
const KEYS_PER_LOOKALIKE = 2000;

/** Key of a count at the first hop: hop, service, UTC hour, network element. */
export function hopKey(service: string, hour: number, source: string): string {
  return `network-to-mediation|${service}|${instantText(hour * HOUR_MS).slice(0, 13)}|${source}`;
}

/** Gathers what is true about the sample and writes it to the truth folder. */
export class Truth {
  expectedUsage = 0n;
  expectedFees = 0n;
  rounding = 0n;
  sessions = 0;
  private labelled = 0n;
  private under = 0n;
  private over = 0n;
  private readonly connection: DuckDBConnection;
  private readonly labels: TableBuffer;
  private readonly benign: TableBuffer;
  private readonly benignKeys = new Map<string, number>();

  private constructor(connection: DuckDBConnection, labels: TableBuffer, benign: TableBuffer) {
    this.connection = connection;
    this.labels = labels;
    this.benign = benign;
  }

  static async create(connection: DuckDBConnection): Promise<Truth> {
    const labels = await TableBuffer.create(connection, 'labels', {
      fault_id: 'VARCHAR',
      family: 'VARCHAR',
      grain: 'VARCHAR',
      key: 'VARCHAR',
      amount: 'BIGINT',
      records: 'INTEGER',
    });
    const benign = await TableBuffer.create(connection, 'benign', {
      lookalike_id: 'VARCHAR',
      kind: 'VARCHAR',
      grain: 'VARCHAR',
      key: 'VARCHAR',
    });
    return new Truth(connection, labels, benign);
  }

  label(fault: FaultState, grain: Grain, key: string, amount: bigint, records = 1): void {
    this.labelled += amount;
    if (amount > 0n) this.under += amount;
    else this.over += amount;
    this.labels.add(fault.plan.id, fault.plan.family, grain, key, amount, records);
  }

  /** Labels a key of a check: what it moves is in other documents than billed items, so it is no part of their sum. */
  labelBeside(faultId: string, family: string, key: string, amount: bigint): void {
    this.labels.add(faultId, family, 'check', key, amount, 1);
  }

  /** Notes a key that must not be reported. Past a number of keys for one look-alike more are not kept. */
  innocent(lookalike: Lookalike, grain: Grain, key: string): void {
    const count = this.benignKeys.get(lookalike.id) ?? 0;
    if (count >= KEYS_PER_LOOKALIKE) return;
    this.benignKeys.set(lookalike.id, count + 1);
    this.benign.add(lookalike.id, lookalike.kind, grain, key);
  }

  async flush(): Promise<void> {
    await this.labels.flush();
    await this.benign.flush();
  }

  /** Writes faults.json, labels.parquet, benign.json, benign_labels.parquet and totals.json. Throws when money is missing. */
  async write(
    dir: string,
    billed: bigint,
    faults: readonly FaultRecord[],
    lookalikes: readonly Lookalike[],
  ): Promise<Totals> {
    const totals = this.totals(billed);
    await this.flush();
    await this.connection.run(`COPY (SELECT fault_id, family, grain, key,
        ${decimalOf('sum(amount)')} AS true_amount, sum(records)::BIGINT AS records
      FROM labels GROUP BY ALL ORDER BY ALL) TO ${literal(join(dir, 'labels.parquet'))} (FORMAT parquet)`);
    await this.connection.run(`COPY (SELECT DISTINCT lookalike_id, kind, grain, key FROM benign b
      WHERE NOT EXISTS (SELECT 1 FROM labels l WHERE l.grain = b.grain AND l.key = b.key)
      ORDER BY ALL) TO ${literal(join(dir, 'benign_labels.parquet'))} (FORMAT parquet)`);
    const json = (name: string, value: unknown) =>
      writeFileSync(join(dir, name), `${JSON.stringify(value, null, 2)}\n`);
    json('faults.json', faults);
    json(
      'benign.json',
      lookalikes.map((l) => ({ ...l, from: instantText(l.from), to: instantText(l.to) })),
    );
    json('totals.json', totals);
    return totals;
  }

  private totals(billed: bigint): Totals {
    const expected = this.expectedUsage + this.expectedFees;
    if (expected - billed !== this.labelled + this.rounding) {
      throw new PlumblineError('ConservationBroken', {
        what: 'The sample does not add up',
        where: 'sample generator',
        why: `expected - billed is ${text(expected - billed)}, labels and rounding are ${text(this.labelled + this.rounding)}`,
        next: 'report the seed and the parameters: this is a defect of the generator',
      });
    }
    return {
      currency: 'EUR',
      sessions: this.sessions,
      expected: text(expected),
      expectedUsage: text(this.expectedUsage),
      expectedFees: text(this.expectedFees),
      billed: text(billed),
      faults: text(this.labelled),
      underCharged: text(this.under),
      overCharged: text(this.over),
      rounding: text(this.rounding),
    };
  }
}

const text = (amount: bigint) => decimalString(money(amount, 'EUR/6'));

/** What each fault did. Faults that touched nothing never happened and are left out. */
export function faultRecords(
  faults: readonly FaultState[],
  causes: ReadonlyMap<string, string>,
): FaultRecord[] {
  const happened = new Set(faults.filter((f) => f.records > 0).map((f) => f.plan.id));
  return faults
    .filter((f) => happened.has(f.plan.id))
    .map(({ plan, amount, records, first, last }) => ({
      faultId: plan.id,
      family: plan.family,
      control: FAMILIES[plan.family].control,
      direction: plan.direction,
      segment: plan.segment,
      onset: instantText(first),
      end: instantText(last),
      changeId: causes.get(plan.id) ?? null,
      intermittent: plan.bursts !== null,
      compoundWith: plan.compoundWith && happened.has(plan.compoundWith) ? plan.compoundWith : null,
      records,
      amount: text(amount),
      rootCause: ROOT_CAUSES[plan.family],
      remedies: remediesOf(plan.family, plan.direction),
    }))
    .sort((a, b) => (a.faultId < b.faultId ? -1 : 1));
}

function remediesOf(family: Family, direction: string): Remedy[] {
  const money: Remedy = direction === 'over' ? 'credit-note' : 'rebill-adjustment';
  switch (family) {
    case 'mediation-drop':
      return ['suspense-reprocessing', 'ticket-only'];
    case 'rating-drop':
      return ['suspense-reprocessing', 'rebill-adjustment'];
    case 'active-not-billed':
    case 'billed-not-active':
      return [money, 'provisioning-fix'];
    case 'wrong-time-band':
      return ['rebill-adjustment', 'credit-note', 'tariff-change-request'];
    case 'wrong-rate':
    case 'wrong-tariff-version':
    case 'default-rate':
    case 'zero-rate':
      return [money, 'tariff-change-request'];
    default:
      return [money];
  }
}

const ROOT_CAUSES: Readonly<Record<Family, string>> = {
  'mediation-drop':
    'Mediation discards CDRs before they reach the usage file; the network element counted them.',
  'rating-drop': 'Mediated usage never reaches the charging engine, so it is neither rated nor billed.',
  'billing-drop': 'Rated items are not collected by billing.',
  'ghost-billing': 'Charges are posted for sessions that the network never carried.',
  'duplicate-billing': 'Charges are posted a second time.',
  'wrong-rate': 'A price row in the charging engine differs from the price list.',
  'wrong-tariff-version': 'The charging engine goes on with the version before the tariff change.',
  'quantity-truncation': 'The charging engine rates less than the network carried.',
  'default-rate': 'The charging engine finds no rate and falls back to its default.',
  'zero-rate': 'The charging engine prices at zero what is not free.',
  'wrong-time-band': 'The clock of the charging engine was not set back at the end of summer time.',
  'active-not-billed': 'Lines are served by the network but missing in the billing system.',
  'billed-not-active': 'Lines have ended in network and CRM and are still billed.',
};
