import { CASE_EVENT_KINDS, CASE_STATUSES, type Case } from '#core/domain/case.ts';
import { INVESTIGATE, statusAfter } from './transitions.ts';

const at = (status: Case['status']) => ({ caseId: 'C-0a1b2c3d', version: 3, status }) as Case;

describe('what may follow what', () => {
  test.each([
    ['investigation-started', 'open', 'investigating'],
    ['proposal-made', 'open', 'investigating'],
    ['proposal-made', 'awaiting-decision', null],
    ['decision-requested', 'investigating', 'awaiting-decision'],
    ['decision-requested', 'open', null],
    ['decision-requested', 'remedying', null],
    ['decision-recorded', 'investigating', null],
    ['remedy-applied', 'remedying', 'remedying'],
    ['remedy-applied', 'awaiting-decision', null],
    ['remedy-verified', 'closed', null],
    ['case-closed', 'remedying', 'closed'],
    ['case-closed', 'closed', null],
    ['comment-added', 'closed', 'closed'],
    ['case-opened', 'open', null],
  ] as const)('%s on a case that is %s gives %s', (kind, status, expected) => {
    const act = () => statusAfter(at(status), kind);
    if (expected === null) expect(act).toThrow(expect.objectContaining({ name: 'VersionMoved' }));
    else expect(act()).toBe(expected);
  });

  test('a remedy is applied from one status only, and no event but a decision leads there', () => {
    const leading = CASE_EVENT_KINDS.filter((kind) =>
      CASE_STATUSES.some((status) => {
        try {
          return status !== 'remedying' && statusAfter(at(status), kind) === 'remedying';
        } catch {
          return false;
        }
      }),
    );
    expect(leading).toEqual([]);
  });

  test('a case is investigated until a person is asked', () => {
    expect(CASE_STATUSES.filter((status) => INVESTIGATE[status])).toEqual(['open', 'investigating']);
  });
});
