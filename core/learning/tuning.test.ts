import fc from 'fast-check';
import type { Evidence, Proposal } from '#core/domain/case.ts';
import { aProposal, someEvidence } from '#tests/support/cases.ts';
import { isNotWorse, type ModelReport, readRecords, scoreAnswers, textOf } from './evaluation.ts';
import { type JudgedCase, precedentsOf } from './precedents.ts';
import { isHeldBack, type TuningCase, tuningExport } from './tuning-records.ts';
import type { CaseVerdict } from './verdict.ts';

const verdict = (changes: Partial<CaseVerdict> = {}): CaseVerdict => ({
  caseId: 'C-1',
  by: 'anna',
  at: '2026-11-03T09:00:00.000Z',
  source: 'verdict',
  cause: 'right',
  actualCause: null,
  actualChangeId: null,
  falsePositive: false,
  amount: null,
  note: '',
  ...changes,
});

const CHANGES: Evidence = someEvidence('C-1', {
  content: {
    changes: [
      { changeId: 'CHG-7', kind: 'tariff-load', system: 'ocs-2' },
      { changeId: 'CHG-9', kind: 'restart' },
    ],
    subscriber: '436601012345',
  },
});

function judged(n: number, changes: Partial<CaseVerdict> = {}, proposal: Partial<Proposal> = {}) {
  const caseId = `C-${String(n).padStart(4, '0')}`;
  const made = aProposal(caseId, {
    ...proposal,
    hypotheses: [],
    explanation: { claims: [], removed: [] },
  });
  return {
    caseId,
    findingId: `f-${n}`,
    title: `Finding ${n}`,
    controlId: 'R03',
    symptom: 'zero-rate',
    changeId: made.changeId,
    proposal: made,
    evidence: [CHANGES],
    verdict: verdict({ caseId, ...changes }),
  } satisfies TuningCase & JudgedCase;
}

describe('precedents', () => {
  test.each<[string, Partial<CaseVerdict>, object[]]>([
    ['right', {}, [{ changeKind: 'tariff-load', right: 1, wrong: 0 }]],
    ['wrong', { cause: 'wrong' }, [{ changeKind: 'tariff-load', right: 0, wrong: 1 }]],
    [
      'wrong, and it was another change',
      { cause: 'wrong', actualChangeId: 'CHG-9' },
      [
        { changeKind: 'restart', right: 1, wrong: 0 },
        { changeKind: 'tariff-load', right: 0, wrong: 1 },
      ],
    ],
    [
      'wrong, and it was a change that no evidence shows',
      { cause: 'wrong', actualChangeId: 'CHG-99' },
      [{ wrong: 1 }],
    ],
    ['unclear', { cause: 'unclear' }, []],
  ])('%s', (_name, changes, expected) => {
    const found = precedentsOf([judged(1, changes)]);
    expect(found).toHaveLength(expected.length);
    expected.forEach((row, i) => {
      expect(found[i]).toMatchObject({ controlId: 'R03', symptom: 'zero-rate', ...row });
    });
  });

  test('property: the order of the cases does not matter, and every clear verdict counts once', () => {
    const verdicts = fc.array(fc.constantFrom('right', 'wrong', 'unclear'), { maxLength: 30 });
    fc.assert(
      fc.property(verdicts, (causes) => {
        const cases = causes.map((cause, i) => judged(i, { cause: cause as CaseVerdict['cause'] }));
        const found = precedentsOf(cases);
        expect(precedentsOf(cases.toReversed())).toEqual(found);
        const counted = found.reduce((sum, { right, wrong }) => sum + right + wrong, 0);
        expect(counted).toBe(causes.filter((cause) => cause !== 'unclear').length);
      }),
      { seed: 20261124 },
    );
  });
});

describe('records', () => {
  const token = (text: string) => text.replaceAll('436601012345', 'SUB-1');

  test.each<[string, Partial<CaseVerdict>, Partial<TuningCase>, string]>([
    ['a wrong cause', { cause: 'wrong' }, {}, 'cause-wrong'],
    ['an unclear one', { cause: 'unclear' }, {}, 'cause-unclear'],
    ['nothing was shown', {}, { evidence: [] }, 'no-evidence'],
    [
      'more than a model takes',
      {},
      { evidence: [someEvidence('C-1', { content: { text: 'x'.repeat(120_000) } })] },
      'too-long',
    ],
  ])('%s gives none', (_name, changes, more, why) => {
    const made = tuningExport([{ ...judged(1, changes), ...more }], 'Do.', token);
    expect(made).toMatchObject({ training: '', heldBack: '', leftOut: { [why]: 1 } });
  });

  test('a right cause teaches the answer as it was checked; a false positive teaches silence', () => {
    const made = tuningExport(
      [judged(1), judged(2, { cause: 'wrong', falsePositive: true })],
      'Find the cause.',
      token,
    );
    const [right, none] = readRecords(made.training + made.heldBack).sort((a, b) =>
      textOf(a, 'user') < textOf(b, 'user') ? -1 : 1,
    );
    expect(right?.system).toEqual([{ text: 'Find the cause.' }]);
    expect(JSON.parse(textOf(right as never, 'assistant'))).toMatchObject({
      causeFound: true,
      changeId: 'CHG-7',
    });
    expect(JSON.parse(textOf(none as never, 'assistant'))).toMatchObject({
      causeFound: false,
      changeId: null,
    });
  });

  test('no subscriber identifier is left, and what is held back stays held back', () => {
    const cases = Array.from({ length: 200 }, (_, n) => judged(n));
    const made = tuningExport(cases, 'Do.', token);
    expect(made.training + made.heldBack).not.toContain('436601012345');
    expect(made.counts.training + made.counts.heldBack).toBe(200);
    expect(made.counts.heldBack).toBe(cases.filter(({ findingId }) => isHeldBack(findingId)).length);
    expect(made.counts.heldBack).toBeGreaterThan(20);
    const first = cases.slice(0, 50).toReversed();
    const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
    const fewer = linesOf(tuningExport(first, 'Do.', token).heldBack);
    expect(fewer).toEqual(linesOf(made.heldBack).filter((line) => fewer.includes(line)));
    expect(fewer).toHaveLength(first.filter(({ findingId }) => isHeldBack(findingId)).length);
  });
});

describe('scores', () => {
  const records = readRecords(
    tuningExport([judged(1)], 'Do.', (text) => text).training ||
      tuningExport([judged(1)], 'Do.', (text) => text).heldBack,
  );
  const wanted = JSON.parse(textOf(records[0] as never, 'assistant'));
  const all = { cases: 1, formed: 1, causeRight: 1, remedyRight: 1, supported: 1 };

  test.each<[string, object | string | undefined, Partial<ModelReport>]>([
    ['the wanted answer', {}, all],
    ['another change', { changeId: 'CHG-9' }, { ...all, causeRight: 0 }],
    ['no cause', { causeFound: false, changeId: null }, { ...all, causeRight: 0 }],
    ['another remedy', { remedy: 'ticket-only' }, { ...all, remedyRight: 0 }],
    [
      'a figure that no evidence has',
      { claims: [{ text: '4711 calls were lost.', evidenceIds: ['ev-000000000001'] }] },
      { ...all, supported: 0 },
    ],
    ['a change that no evidence has', { changeId: 'CHG-77' }, { ...all, causeRight: 0, supported: 0 }],
    ['nonsense', 'the moon did it', { cases: 1, formed: 0, causeRight: 0, remedyRight: 0, supported: 0 }],
    ['nothing', undefined, { cases: 1, formed: 0 }],
  ])('%s', (_name, given, expected) => {
    const answer = typeof given === 'object' ? JSON.stringify({ ...wanted, ...given }) : given;
    expect(scoreAnswers(records, [answer])).toMatchObject(expected);
  });

  const report: ModelReport = { cases: 20, formed: 20, causeRight: 15, remedyRight: 16, supported: 20 };
  test.each<[string, Partial<ModelReport>, boolean]>([
    ['equal', {}, true],
    ['better', { causeRight: 16 }, true],
    ['one cause less', { causeRight: 14 }, false],
    ['better in causes, one unsupported answer more', { causeRight: 20, supported: 19 }, false],
    ['one remedy less', { remedyRight: 15 }, false],
    ['one answer without form', { formed: 19 }, false],
    ['other cases', { cases: 19 }, false],
  ])('a candidate that is %s', (_name, changes, expected) => {
    expect(isNotWorse(report, { ...report, ...changes })).toBe(expected);
  });

  test('without cases nothing is known', () => {
    const none = { cases: 0, formed: 0, causeRight: 0, remedyRight: 0, supported: 0 };
    expect(isNotWorse(none, none)).toBe(false);
  });

  test.each(['{}', 'x', '{"schemaVersion":"bedrock-conversation-2024","messages":[]}'])(
    '%s is no record',
    (line) => {
      expect(() => readRecords(`${line}\n`)).toThrow(expect.objectContaining({ name: 'ToolInputInvalid' }));
    },
  );
});
