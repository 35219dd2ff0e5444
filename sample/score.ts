import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decimalString, money } from '#core/domain/money.ts';
import type { Finding } from '#core/domain/run.ts';
import { type AnyFamily, FAMILY_NAMES, type FaultRecord } from './fault.ts';
import { MORE_FAMILY_NAMES } from './more-families.ts';
import { absolute, type Match, matchKey, sharesOf } from './score-match.ts';
import { type ClaimRow, familyOfViolation, type LabelRow, loadTruth, type Truths } from './score-rows.ts';

/** Share of right money from which on a fault counts as found: one half. */
const FOUND_PERCENT = 50n;

/** Ratios are numbers from 0 to 1 with six decimals; amounts are decimal texts without sign. */
export interface Ratio {
  readonly recall: number;
  readonly precision: number;
}

export interface FamilyScore {
  readonly family: AnyFamily;
  /** Faults. */
  readonly injected: number;
  readonly found: number;
  readonly missed: number;
  /** Violations of the family's control and symptom that touch no label. */
  readonly false: number;
  readonly money: { readonly injected: string; readonly found: string };
}

export interface Miss {
  readonly faultId: string;
  readonly family: AnyFamily;
  readonly money: { readonly injected: string; readonly found: string };
  readonly reason: string;
}

export interface LookalikeReported {
  readonly lookalikeId: string;
  readonly kind: string;
  readonly violations: number;
  /** The first few keys. */
  readonly keys: readonly string[];
}

export interface ScoreReport {
  readonly currency: string;
  readonly money: Ratio & { readonly injected: string; readonly claimed: string; readonly right: string };
  readonly records: Ratio & { readonly injected: number; readonly claimed: number; readonly right: number };
  readonly families: readonly FamilyScore[];
  readonly misses: readonly Miss[];
  /** Faults that count as found although some of their money was not: which, how much, and why. */
  readonly partlyFound: readonly Miss[];
  /** Must be empty: innocent keys that were reported as leakage. */
  readonly lookalikesReported: readonly LookalikeReported[];
  /** Findings that agree with a fault in control, direction and segment; null where no findings were given. */
  readonly findings: {
    readonly total: number;
    readonly matched: number;
    readonly unmatched: readonly string[];
  } | null;
}

export interface ScoreOptions {
  readonly truthDir: string;
  readonly violationsParquet: string;
  readonly findingsJson?: string;
}

/** Compares the violations of a run with the truth of the sample. Throws a FileNotReadable error when a file is missing. */
export async function score(options: ScoreOptions): Promise<ScoreReport> {
  const truths = await loadTruth(options.truthDir, options.violationsParquet);
  const faults = JSON.parse(readFileSync(join(options.truthDir, 'faults.json'), 'utf8')) as FaultRecord[];
  const findings = options.findingsJson
    ? (JSON.parse(readFileSync(options.findingsJson, 'utf8')) as Finding[])
    : undefined;
  return scoreOf(truths, faults, findings);
}

/** The score of claims against labels, in exact arithmetic. */
export function scoreOf(
  truths: Truths,
  faults: readonly FaultRecord[],
  findings?: readonly Finding[],
): ScoreReport {
  const { labels, claims, benign } = truths;
  const matches = matchAll(labels, claims);
  const right = rightByFault(labels, matches);
  const injected = sumBy(labels, (l) => l.faultId);
  const total = (map: ReadonlyMap<string, bigint>) => [...map.values()].reduce((a, b) => a + b, 0n);
  const claimed = claims.reduce((sum, c) => sum + absolute(c.impact), 0n);
  const labelsFound = matches.reduce((n, m) => n + m.labels.filter((_, i) => m.found[i]).length, 0);
  const wrong = matches.flatMap((m) => m.claims.filter((_, i) => !m.matched[i]));
  return {
    currency: 'EUR',
    money: {
      injected: text(total(injected)),
      claimed: text(claimed),
      right: text(total(right)),
      recall: ratio(total(right), total(injected)),
      precision: ratio(total(right), claimed),
    },
    records: {
      injected: labels.length,
      claimed: claims.length,
      right: claims.length - wrong.length,
      recall: ratio(BigInt(labelsFound), BigInt(labels.length)),
      precision: ratio(BigInt(claims.length - wrong.length), BigInt(claims.length)),
    },
    families: familyScores(faults, injected, right, wrong),
    misses: missesOf(faults, injected, right, matches, (money, found) => !isFound(money, found)),
    partlyFound: missesOf(
      faults,
      injected,
      right,
      matches,
      (money, found) => isFound(money, found) && found !== money,
    ),
    lookalikesReported: lookalikesAmong(wrong, benign),
    findings: findings ? compareFindings(findings, faults) : null,
  };
}

function matchAll(labels: readonly LabelRow[], claims: readonly ClaimRow[]): Match[] {
  const keyOf = (row: { grain: string; key: string }) => `${row.grain} ${row.key}`;
  const labelsByKey = Map.groupBy(labels, keyOf);
  const claimsByKey = Map.groupBy(claims, keyOf);
  const keys = new Set([...labelsByKey.keys(), ...claimsByKey.keys()]);
  return [...keys].map((key) => matchKey(labelsByKey.get(key) ?? [], claimsByKey.get(key) ?? []));
}

/**
 * Money rightly claimed for each fault. A claim on a hop is a count times a mean, which can only be right on the whole:
 * there the claims on the keys of a fault are added up before they are compared with its money.
 */
function rightByFault(labels: readonly LabelRow[], matches: readonly Match[]): Map<string, bigint> {
  const right = new Map<string, bigint>();
  const add = (fault: string, amount: bigint) => right.set(fault, (right.get(fault) ?? 0n) + amount);
  const hopClaims = new Map<string, bigint>();
  for (const match of matches) {
    if (match.labels[0]?.grain !== 'hop') {
      for (const [i, label] of match.labels.entries()) add(label.faultId, match.right[i] ?? 0n);
      continue;
    }
    const claimed = match.claims.reduce((sum, c, i) => (match.matched[i] ? sum + c.impact : sum), 0n);
    const shares = sharesOf(
      claimed,
      match.labels.map((l) => absolute(l.amount)),
    );
    match.labels.forEach((label, i) => {
      hopClaims.set(label.faultId, (hopClaims.get(label.faultId) ?? 0n) + (shares[i] ?? 0n));
    });
  }
  for (const [fault, claimed] of hopClaims) {
    let truth = 0n;
    for (const label of labels) if (label.faultId === fault && label.grain === 'hop') truth += label.amount;
    if (claimed > 0n === truth > 0n)
      add(fault, absolute(claimed) < absolute(truth) ? absolute(claimed) : absolute(truth));
  }
  return right;
}

function sumBy(labels: readonly LabelRow[], keyOf: (label: LabelRow) => string): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const label of labels) {
    sums.set(keyOf(label), (sums.get(keyOf(label)) ?? 0n) + absolute(label.amount));
  }
  return sums;
}

function isFound(injected: bigint, right: bigint): boolean {
  return injected > 0n && right * 100n >= injected * FOUND_PERCENT;
}

function familyScores(
  faults: readonly FaultRecord[],
  injected: ReadonlyMap<string, bigint>,
  right: ReadonlyMap<string, bigint>,
  wrong: readonly ClaimRow[],
): FamilyScore[] {
  const falseOf = Map.groupBy<AnyFamily, ClaimRow>(wrong, familyOfViolation);
  const more = MORE_FAMILY_NAMES.filter((family) => faults.some((fault) => fault.family === family));
  return [...FAMILY_NAMES, ...more].map((family) => {
    const own = faults.filter((f) => f.family === family);
    const found = own.filter((f) =>
      isFound(injected.get(f.faultId) ?? 0n, right.get(f.faultId) ?? 0n),
    ).length;
    const sum = (map: ReadonlyMap<string, bigint>) =>
      own.reduce((s, f) => s + (map.get(f.faultId) ?? 0n), 0n);
    return {
      family,
      injected: own.length,
      found,
      missed: own.length - found,
      false: falseOf.get(family)?.length ?? 0,
      money: { injected: text(sum(injected)), found: text(sum(right)) },
    };
  });
}

function missesOf(
  faults: readonly FaultRecord[],
  injected: ReadonlyMap<string, bigint>,
  right: ReadonlyMap<string, bigint>,
  matches: readonly Match[],
  counts: (money: bigint, found: bigint) => boolean,
): Miss[] {
  return faults.flatMap((fault) => {
    const money = injected.get(fault.faultId) ?? 0n;
    const found = right.get(fault.faultId) ?? 0n;
    if (!counts(money, found)) return [];
    const own = matches.filter((m) => m.labels.some((l) => l.faultId === fault.faultId));
    const touched = own.filter((m) => m.claims.length > 0).length;
    const reason =
      touched === 0
        ? `none of its ${own.length} keys is in a violation`
        : found === 0n
          ? `violations on ${touched} of its ${own.length} keys, none with the right sign`
          : `violations on ${touched} of its ${own.length} keys hold ${text(found)} of ${text(money)}${
              own[0]?.labels[0]?.grain === 'hop'
                ? ', estimated as a count times a mean because the records are gone'
                : ''
            }`;
    return [
      {
        faultId: fault.faultId,
        family: fault.family,
        money: { injected: text(money), found: text(found) },
        reason,
      },
    ];
  });
}

function lookalikesAmong(wrong: readonly ClaimRow[], benign: Truths['benign']): LookalikeReported[] {
  const reported = new Map<string, { kind: string; keys: string[] }>();
  for (const claim of wrong) {
    for (const { lookalikeId, kind } of benign.get(`${claim.grain} ${claim.key}`) ?? []) {
      const entry = reported.get(lookalikeId) ?? { kind, keys: [] };
      entry.keys.push(claim.key);
      reported.set(lookalikeId, entry);
    }
  }
  return [...reported].map(([lookalikeId, { kind, keys }]) => ({
    lookalikeId,
    kind,
    violations: keys.length,
    keys: keys.slice(0, 5),
  }));
}

/** A finding agrees with a fault of its control and direction when no dimension that both name differs. */
function compareFindings(
  findings: readonly Finding[],
  faults: readonly FaultRecord[],
): ScoreReport['findings'] {
  const unmatched = findings.filter(
    (finding) =>
      !faults.some((fault) => {
        const side = finding.direction === 'under-charged' ? 'under' : 'over';
        if (!finding.controlId.toUpperCase().startsWith(fault.control)) return false;
        if (fault.direction !== 'mixed' && fault.direction !== side) return false;
        const segment: Readonly<Record<string, string>> = fault.segment;
        return Object.entries(finding.segment).every(
          ([d, v]) => segment[d] === undefined || segment[d] === v,
        );
      }),
  );
  return {
    total: findings.length,
    matched: findings.length - unmatched.length,
    unmatched: unmatched.map((f) => f.findingId),
  };
}

function text(amount: bigint): string {
  return decimalString(money(amount, 'EUR/6'));
}

/** part / whole with six decimals, rounded down; 1 where there is nothing to compare with. */
function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 1 : Number((part * 1_000_000n) / whole) / 1_000_000;
}
