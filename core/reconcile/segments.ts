import type { Day } from '#core/domain/period.ts';
import type { Dimension } from '#core/domain/violation.ts';

/** Some violations of a day, or some of a day's population, that share all values of the dimensions. */
export interface Cell {
  readonly day: Day;
  /** Value per dimension; null where there is none. */
  readonly values: Readonly<Partial<Record<Dimension, string | null>>>;
  readonly count: number;
}

/** dimension = value, all of which hold. */
export type Segment = Readonly<Partial<Record<Dimension, string>>>;

/** Most conditions that a segment may have. */
const MOST_CONDITIONS = 3;
/** Each further condition must make the score a quarter better: the smallest description that fits is wanted. */
const WEIGHT_BY_CONDITIONS = [25n, 20n, 16n];
/** Fewest violations, and smallest (observed - even)^2 / even, of a segment that is believed. */
const FEWEST = 5;
const LEAST_SURPRISE = 30n;
/** Smallest share of the violations that are left, one in this many. */
const LEAST_SHARE = 25;
/** Most segments taken out of one group. */
const MOST_SEGMENTS = 12;

interface Candidate {
  readonly dimensions: readonly Dimension[];
  readonly values: readonly string[];
  readonly violations: number;
  readonly population: number;
}

/** Population counts per combination of values, computed once for each set of dimensions. */
export class Population {
  readonly total: number;
  readonly #cells: readonly Cell[];
  readonly #counts = new Map<string, ReadonlyMap<string, number>>();

  constructor(cells: readonly Cell[]) {
    this.#cells = cells;
    this.total = cells.reduce((sum, cell) => sum + cell.count, 0);
  }

  counts(dimensions: readonly Dimension[]): ReadonlyMap<string, number> {
    const name = dimensions.join();
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    const counts = countBy(this.#cells, dimensions);
    this.#counts.set(name, counts);
    return counts;
  }
}

/**
 * Peels off, one after the other, the segments that best separate the violations from the population: in which there
 * are far more of them than an even spread would put there. The score (observed - even)^2 / even rewards both a high
 * share of the violations and a high rate. The population is that of the days on which the violations fall: a fault
 * that begins with a change of versions must not be told from the rest by its version. Integers only; ties go to fewer conditions, then to the order of the
 * dimensions, then to the values. What is left has no segment.
 */
export function separatingSegments(
  violations: readonly Cell[],
  populationIn: (from: Day, to: Day) => Population,
  dimensions: readonly Dimension[],
): Segment[] {
  const segments: Segment[] = [];
  let left = violations;
  while (left.length > 0 && segments.length < MOST_SEGMENTS) {
    const days = left.map((cell) => cell.day).sort();
    const population = populationIn(days[0] as Day, days.at(-1) as Day);
    const best = bestCandidate(left, population, dimensions);
    if (best === null) break;
    const segment = Object.fromEntries(
      best.dimensions.map((name, i) => [name, best.values[i] ?? '']),
    ) as Segment;
    segments.push(segment);
    left = left.filter((cell) => !isIn(cell, segment));
  }
  return segments;
}

/** True when all conditions of the segment hold for the cell. */
function isIn(cell: Cell, segment: Segment): boolean {
  return Object.entries(segment).every(([name, value]) => cell.values[name as Dimension] === value);
}

function bestCandidate(
  violations: readonly Cell[],
  population: Population,
  dimensions: readonly Dimension[],
): Candidate | null {
  const total = violations.reduce((sum, cell) => sum + cell.count, 0);
  let best: Candidate | null = null;
  for (const set of subsets(dimensions)) {
    const all = population.counts(set);
    const found = [...countBy(violations, set)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [key, count] of found) {
      // A violation whose combination is not in the population was not counted there: the rate is then at most one.
      const candidate = {
        dimensions: set,
        values: key.split(SEPARATOR),
        violations: count,
        population: Math.max(count, all.get(key) ?? 0),
      };
      if (!isBelievable(candidate, total, population.total)) continue;
      if (best === null || isBetter(candidate, best, total, population.total)) best = candidate;
    }
  }
  return best;
}

function isBelievable(candidate: Candidate, violations: number, population: number): boolean {
  if (candidate.violations < FEWEST || candidate.violations * LEAST_SHARE < violations) return false;
  const { excess, even } = scoreParts(candidate, violations, population);
  // (observed - even)^2 / even, with even = violations * candidate.population / population
  return excess > 0n && excess * excess > LEAST_SURPRISE * even * BigInt(population);
}

function isBetter(a: Candidate, b: Candidate, violations: number, population: number): boolean {
  const x = scoreParts(a, violations, population);
  const y = scoreParts(b, violations, population);
  const left = x.excess * x.excess * BigInt(b.population) * weightOf(a);
  const right = y.excess * y.excess * BigInt(a.population) * weightOf(b);
  return left > right;
}

/** observed and even spread, both times the population. */
function scoreParts(
  candidate: Candidate,
  violations: number,
  population: number,
): { excess: bigint; even: bigint } {
  const even = BigInt(violations) * BigInt(candidate.population);
  return { excess: BigInt(candidate.violations) * BigInt(population) - even, even };
}

function weightOf(candidate: Candidate): bigint {
  return WEIGHT_BY_CONDITIONS[candidate.dimensions.length - 1] ?? 1n;
}

const SEPARATOR = '\u0000';

/** Counts per combination of values; cells without a value in one of the dimensions are in none. */
function countBy(cells: readonly Cell[], dimensions: readonly Dimension[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { values, count } of cells) {
    let key = '';
    let complete = true;
    for (const name of dimensions) {
      const value = values[name];
      if (value === null || value === undefined) {
        complete = false;
        break;
      }
      key = key === '' ? value : `${key}${SEPARATOR}${value}`;
    }
    if (complete) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return counts;
}

/** All sets of one to three dimensions: fewer conditions first, each in declared order. */
function subsets(dimensions: readonly Dimension[]): Dimension[][] {
  let level: Dimension[][] = dimensions.map((name) => [name]);
  const all = [...level];
  for (let size = 2; size <= MOST_CONDITIONS; size += 1) {
    level = level.flatMap((set) => {
      const last = dimensions.indexOf(set.at(-1) ?? ('' as Dimension));
      return dimensions.slice(last + 1).map((name) => [...set, name]);
    });
    all.push(...level);
  }
  return all;
}
