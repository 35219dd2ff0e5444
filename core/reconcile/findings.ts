import { controlOf } from '#core/controls/registry.ts';
import { assetOf, LAKE_SCALE } from '#core/domain/asset.ts';
import { hashOf } from '#core/domain/hash.ts';
import { absolute, compare, type Money, money, parseMoney, toMoneyJson } from '#core/domain/money.ts';
import type { Day } from '#core/domain/period.ts';
import type { Finding } from '#core/domain/run.ts';
import { DIMENSIONS, type Dimension, type Grain } from '#core/domain/violation.ts';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { titleOf } from './finding-title.ts';
import { literal } from './load.ts';
import { onsetsOf } from './onsets.ts';
import { type Cell, Population, type Segment, separatingSegments } from './segments.ts';

/** Violations of one control that point the same way and look alike. */
interface Group {
  readonly controlId: string;
  readonly direction: Finding['direction'];
  readonly symptom: string;
}

/** A finding before it is counted: which violations belong to it. */
interface Draft extends Group {
  readonly findingId: string;
  readonly segment: Segment;
  readonly from: Day;
  readonly to: Day;
}

/** What findings are made for. */
export interface FindingRequest {
  readonly runId: string;
  readonly period: string;
  readonly currency: string;
  /** Decimal amount from which a finding is material, in either direction. */
  readonly materialFrom: string;
}

/**
 * Groups the violations of the session's table `violation` by suspected cause, against the table `population`.
 * Leaves `member` (finding_id, violation_id), in which each violation stands once. Largest amount first.
 */
export async function findingsOf(session: WarehouseSession, request: FindingRequest): Promise<Finding[]> {
  await session.run('CREATE OR REPLACE TEMP TABLE member (finding_id VARCHAR, violation_id VARCHAR)');
  const drafts = await draftsOf(session, request.period);
  for (const draft of drafts) await session.run(memberSql(draft));
  const rows = await session.query(
    `SELECT m.finding_id, count(*) AS violations, CAST(sum(v.records) AS BIGINT) AS records,
       count(DISTINCT v.subscription_id) AS subscriptions, CAST(sum(v.impact) AS DECIMAL(18,6)) AS impact,
       bool_or(v.estimated) AS estimated, min(v.event_time) AS first_event, max(v.event_time) AS last_event
     FROM member m JOIN violation v USING (violation_id) GROUP BY m.finding_id`,
  );
  const counted = new Map(rows.map((row) => [String(row.finding_id), row]));
  return drafts
    .flatMap((draft) => {
      const row = counted.get(draft.findingId);
      return row === undefined ? [] : [findingOf(draft, row, request)];
    })
    .toSorted(largestFirst);
}

async function draftsOf(session: WarehouseSession, period: string): Promise<Draft[]> {
  const rows = await session.query(
    `SELECT control_id, impact < 0 AS over, symptom, ${DIMENSIONS.join(', ')}, dt, count(*) AS count
     FROM violation GROUP BY ALL ORDER BY ALL NULLS LAST`,
  );
  const groups = Map.groupBy(rows, (row) => [row.control_id, row.over, row.symptom].join('|'));
  const populations = await populationsOf(session);
  return [...groups.values()].flatMap((cells) => {
    const [first] = cells;
    const group: Group = {
      controlId: String(first?.control_id),
      direction: first?.over === true ? 'over-charged' : 'under-charged',
      symptom: String(first?.symptom),
    };
    const control = controlOf(group.controlId);
    const segments = separatingSegments(cells.map(cellOf), populations[control.grain], control.dimensions);
    return draftsOfGroup(group, segments, cells, period);
  });
}

/** Segments in the order in which they were peeled off, then the rest, each split where it broke more than once. */
function draftsOfGroup(
  group: Group,
  segments: readonly Segment[],
  cells: readonly WarehouseRow[],
  period: string,
): Draft[] {
  let left = cells;
  const drafts: Draft[] = [];
  for (const segment of [...segments, {}]) {
    const inside = left.filter((row) => holds(row, segment));
    left = left.filter((row) => !holds(row, segment));
    const perDay = new Map<Day, number>();
    for (const row of inside) perDay.set(row.dt as Day, (perDay.get(row.dt as Day) ?? 0) + Number(row.count));
    const days = [...perDay].map(([day, count]) => ({ day, count })).sort((a, b) => (a.day < b.day ? -1 : 1));
    onsetsOf(days).forEach((onset, i) => {
      const again = i === 0 ? {} : { onset: onset.from };
      const findingId = `f-${hashOf({ ...group, segment, period, ...again }).slice(0, 16)}`;
      drafts.push({ ...group, findingId, segment, ...onset });
    });
  }
  return drafts;
}

function holds(row: WarehouseRow, segment: Segment): boolean {
  return Object.entries(segment).every(([name, value]) => row[name] !== null && String(row[name]) === value);
}

/** The population of a grain on the days from..to, counted once for each pair. */
type PopulationIn = (from: Day, to: Day) => Population;

async function populationsOf(session: WarehouseSession): Promise<Readonly<Record<Grain, PopulationIn>>> {
  const rows = await session.query(
    `SELECT grain, dt, ${DIMENSIONS.join(', ')}, CAST(sum(sessions) AS BIGINT) AS count
     FROM population GROUP BY ALL ORDER BY ALL NULLS LAST`,
  );
  const record = windows(rows.filter((row) => row.grain === 'record').map(cellOf));
  const subscription = windows(rows.filter((row) => row.grain === 'subscription').map(cellOf));
  return { record, subscription, hop: record, check: record };
}

function windows(cells: readonly Cell[]): PopulationIn {
  const known = new Map<string, Population>();
  return (from, to) => {
    const name = `${from} ${to}`;
    const population = known.get(name) ?? new Population(cells.filter(({ day }) => day >= from && day <= to));
    known.set(name, population);
    return population;
  };
}

function cellOf(row: WarehouseRow): Cell {
  const values: Partial<Record<Dimension, string | null>> = {};
  for (const name of DIMENSIONS) {
    const value = row[name];
    values[name] = value === null || value === undefined ? null : String(value);
  }
  return { day: String(row.dt) as Day, values, count: Number(row.count) };
}

function memberSql({ findingId, controlId, direction, symptom, segment, from, to }: Draft): string {
  const conditions = Object.entries(segment).map(
    ([name, value]) => `CAST(${name} AS VARCHAR) = ${literal(value)}`,
  );
  return `INSERT INTO member SELECT ${literal(findingId)}, violation_id FROM violation
    WHERE control_id = ${literal(controlId)} AND symptom = ${literal(symptom)}
      AND (impact < 0) = ${direction === 'over-charged'} AND dt BETWEEN DATE ${literal(from)} AND DATE ${literal(to)}
      ${conditions.map((condition) => `AND ${condition}`).join(' ')}
      AND violation_id NOT IN (SELECT violation_id FROM member)`;
}

function findingOf(draft: Draft, row: WarehouseRow, request: FindingRequest): Finding {
  const asset = assetOf(request.currency, LAKE_SCALE);
  const impact: Money = money(parseMoney(String(row.impact), asset).minor, asset);
  const { findingId, controlId, direction, symptom, segment } = draft;
  const finding = {
    findingId,
    runId: request.runId,
    controlId,
    period: request.period,
    direction,
    symptom,
    segment,
    violations: Number(row.violations),
    records: Number(row.records),
    subscriptions: Number(row.subscriptions),
    impact: toMoneyJson(impact),
    estimated: row.estimated === true,
    firstEvent: String(row.first_event),
    lastEvent: String(row.last_event),
    material: compare(absolute(impact), parseMoney(request.materialFrom, asset)) >= 0,
  };
  return { ...finding, title: titleOf(finding, controlOf(controlId)) };
}

function largestFirst(a: Finding, b: Finding): number {
  const size = ({ impact }: Finding) =>
    BigInt(impact.minor) < 0n ? -BigInt(impact.minor) : BigInt(impact.minor);
  const [x, y] = [size(a), size(b)];
  if (x !== y) return x > y ? -1 : 1;
  return a.findingId < b.findingId ? -1 : 1;
}
