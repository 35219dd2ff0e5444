import type { Evidence } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { CaseVerdict } from './verdict.ts';

/** What analysts said about one kind of explanation: a kind of change that was named for a symptom of a control. */
export interface Precedent {
  readonly controlId: string;
  readonly symptom: string;
  /** Kind of the change that was named as the cause, such as `tariff-load`. */
  readonly changeKind: string;
  readonly right: number;
  readonly wrong: number;
}

/** A case as precedents are counted from it. */
export interface JudgedCase {
  readonly controlId: string;
  readonly symptom: string;
  /** Change that the proposal names, or null. */
  readonly changeId: string | null;
  readonly evidence: readonly Pick<Evidence, 'content'>[];
  readonly verdict: CaseVerdict;
}

/**
 * Counts verdicts by control, symptom and kind of change. A wrong cause counts against the kind that was named and,
 * where the analyst named the change that it really was, for the kind of that one. Unclear verdicts count nothing.
 * Sorted by their names, so that the same verdicts give the same bytes.
 */
export function precedentsOf(cases: readonly JudgedCase[]): Precedent[] {
  const counts = new Map<string, { right: number; wrong: number }>();
  const count = ({ controlId, symptom }: JudgedCase, kind: string | undefined, side: 'right' | 'wrong') => {
    if (kind === undefined) return;
    const key = JSON.stringify([controlId, symptom, kind]);
    const known = counts.get(key) ?? { right: 0, wrong: 0 };
    known[side] += 1;
    counts.set(key, known);
  };
  for (const judged of cases) {
    const { cause, actualChangeId } = judged.verdict;
    if (cause === 'unclear') continue;
    count(judged, changeKind(judged.evidence, judged.changeId), cause);
    if (cause === 'wrong') count(judged, changeKind(judged.evidence, actualChangeId), 'right');
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { right, wrong }]) => {
      const [controlId = '', symptom = '', kind = ''] = JSON.parse(key) as string[];
      return { controlId, symptom, changeKind: kind, right, wrong };
    });
}

/** The kind of a change, as a reply of the case's evidence shows it. */
export function changeKind(
  evidence: readonly Pick<Evidence, 'content'>[],
  changeId: string | null,
): string | undefined {
  if (changeId === null) return undefined;
  for (const { content } of evidence) {
    const changes = isObject(content) && Array.isArray(content.changes) ? content.changes : [];
    for (const change of changes) {
      if (isObject(change) && change.changeId === changeId && typeof change.kind === 'string')
        return change.kind;
    }
  }
  return undefined;
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
