import type { Proposal } from '#core/domain/case.ts';
import { aProposal } from '#tests/support/cases.ts';
import {
  autoApprovalRefusals,
  DEFAULT_APPROVAL_POLICY,
  DEMO_AUTO_APPROVAL,
  exceeds,
  limitOf,
} from './policy.ts';

const proposal = aProposal('C-0a1b2c3d');
const total = (minor: string, asset: 'EUR/6' | 'EUR/2' | 'CHF/6' = 'EUR/6') => ({
  adjustments: { ...proposal.adjustments, total: { minor, asset } },
});

describe('what the demo analyst approves without being asked', () => {
  test.each<[string, Partial<Proposal>, RegExp | null]>([
    ['a proved loss below the limit', {}, null],
    ['a proved debt to customers below the limit', { remedy: 'credit-note', ...total('-6150000') }, null],
    ['exactly the limit', total('10000000000'), null],
    ['a millionth over the limit', total('10000000001'), /more than the limit/],
    ['a debt over the limit', total('-10000000001'), /more than the limit/],
    ['another currency', total('1', 'CHF/6'), /more than the limit/],
    ['no cause', { cause: '' }, /no cause/],
    ['a cause that no hypothesis supports', { hypotheses: [] }, /no cause/],
    [
      'a removed claim',
      { explanation: { claims: [], removed: [{ text: 'x', evidenceIds: [], reason: 'y' }] } },
      /1 claims did not survive/,
    ],
    ['a ticket only', { remedy: 'ticket-only' }, /always needs a person/],
    ['nothing to post', { adjustments: { ...proposal.adjustments, count: 0 } }, /nothing to verify/],
  ])('%s', (_condition, changes, refusal) => {
    const refusals = autoApprovalRefusals(DEMO_AUTO_APPROVAL, { ...proposal, ...changes });
    if (refusal === null) expect(refusals).toEqual([]);
    else expect(refusals.join('; ')).toMatch(refusal);
  });

  test('its limit is also a limit at the choke point', () => {
    expect(limitOf(DEFAULT_APPROVAL_POLICY, 'Demo-Analyst')).toEqual(DEMO_AUTO_APPROVAL.limit);
    expect(limitOf(DEFAULT_APPROVAL_POLICY, 'anna')).toEqual({ minor: '100000000000', asset: 'EUR/6' });
  });
});

describe('limits', () => {
  test.each([
    [{ minor: '100000001', asset: 'EUR/6' }, { minor: '10000', asset: 'EUR/2' }, true],
    [{ minor: '100000000', asset: 'EUR/6' }, { minor: '10000', asset: 'EUR/2' }, false],
    [{ minor: '10000', asset: 'EUR/2' }, { minor: '99999999', asset: 'EUR/6' }, true],
    [{ minor: '-100000001', asset: 'EUR/6' }, { minor: '10000', asset: 'EUR/2' }, true],
    [{ minor: '0', asset: 'CHF/6' }, { minor: '10000', asset: 'EUR/2' }, true],
  ] as const)('%j against %j: %s', (amount, limit, over) => {
    expect(exceeds(amount, limit)).toBe(over);
  });
});
