import { join } from 'node:path';
import { plumbline, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
let caseId: string;

beforeAll(async () => {
  await plumbline(home, 'demo', '--seed', '2', '--subscribers', '600', '--days', '4', '--quiet');
  const { cases } = (
    await plumbline(home, 'cases', 'list', '--status', 'awaiting-decision', '--json')
  ).json();
  caseId = cases[0].caseId;
}, 120_000);
afterAll(() => folder.remove());

const approve = (...args: string[]) => plumbline(home, 'cases', 'approve', caseId, '--json', ...args);

describe('a decision on the command line', () => {
  test('is refused for a proposal that was never shown', async () => {
    const refused = await approve('--by', 'anna', '--reason', 'checked');
    expect(refused.code).toBe(5);
    expect(refused.json().error).toMatchObject({
      name: 'ProposalMismatch',
      next: `plumbline cases show ${caseId}`,
    });
  }, 30_000);

  test('is refused without a reason, by an agent, for another version and for another proposal', async () => {
    const shown = await plumbline(home, 'cases', 'show', caseId, '--json');
    expect(shown.code).toBe(0);
    const { version } = shown.json().case;
    const rows: readonly (readonly [string, readonly string[], string])[] = [
      ['no reason', ['--by', 'anna'], 'ReasonRequired'],
      ['a reason without words', ['--by', 'anna', '--reason', 'evidence-sufficient'], 'ReasonRequired'],
      ['the proposer', ['--by', shown.json().proposal.proposedBy, '--reason', 'sure'], 'FourEyesRequired'],
      ['an agent', ['--by', 'agent:other', '--reason', 'sure'], 'FourEyesRequired'],
      [
        'another version',
        ['--by', 'anna', '--reason', 'ok', '--case-version', String(version - 1)],
        'VersionMoved',
      ],
      [
        'another proposal',
        ['--by', 'anna', '--reason', 'ok', '--proposal', '0'.repeat(64)],
        'ProposalMismatch',
      ],
    ];
    for (const [condition, args, name] of rows) {
      const refused = await approve(...args);
      expect([condition, refused.code, refused.json().error.name]).toEqual([condition, 5, name]);
    }
    const { events } = (await plumbline(home, 'cases', 'show', caseId, '--json')).json();
    expect(events.filter((event: { kind: string }) => event.kind === 'decision-refused').length).toBe(
      rows.length,
    );
  }, 60_000);

  test('is recorded once, resumes the execution, and cannot be repeated', async () => {
    const approved = await approve('--by', 'anna', '--reason', 'evidence-sufficient: checked five records');
    expect(approved.code).toBe(0);
    expect(approved.json().decision).toMatchObject({
      verdict: 'approved',
      decidedBy: 'anna',
      comment: 'checked five records',
    });
    expect(['remedying', 'closed']).toContain(approved.json().case.status);
    const again = await approve('--by', 'berta', '--reason', 'me too');
    expect([again.code, again.json().error.name]).toEqual([5, 'NotAwaitingDecision']);
  }, 60_000);

  test('an unknown case is a usage error that names the way on', async () => {
    const unknown = await plumbline(home, 'cases', 'show', 'C-00000000', '--json');
    expect([unknown.code, unknown.json().error.code]).toEqual([2, 'PL4001']);
  }, 30_000);
});
