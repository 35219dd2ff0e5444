import type { CaseStore } from '#core/ports/case-store.ts';
import type { TaskWaits } from '#core/ports/task-waits.ts';
import {
  aDecision,
  aFinding,
  aProposal,
  awaitingDecision,
  event,
  someEvidence,
  type TestClock,
  TOKEN,
} from '#tests/support/cases.ts';

/** A store under test and the database behind it. */
export interface StoreUnderTest {
  readonly store: CaseStore & TaskWaits;
  readonly clock: TestClock;
  /** Another connection to the same database, as another process would open it. */
  open(): Promise<CaseStore & TaskWaits>;
  /** Runs a statement past the store. */
  execute(statement: string): Promise<void>;
  /** Takes the database's own protection away, as somebody with the file in hand can. */
  dropGuards(): Promise<void>;
  dispose(): Promise<void>;
}

const RECORDED = [{ ...event('decision-recorded', 'remedying'), actor: 'anna' }] as const;
const name = (error: { name: string }) => expect.objectContaining({ name: error.name });

/** What every case store keeps, whatever database it stands on. */
export function caseStoreContract(database: string, create: () => Promise<StoreUnderTest>): void {
  describe(`case store on ${database}`, () => {
    let under: StoreUnderTest;
    let store: CaseStore & TaskWaits;
    beforeEach(async () => {
      under = await create();
      store = under.store;
    });
    afterEach(() => under.dispose());

    describe('opening a case', () => {
      test.each([
        [
          'a new finding',
          aFinding({ findingId: 'f-ffffffffffffffff' }),
          'opened',
          'C-ffffffff',
          1,
          '6150000',
        ],
        ['the same finding of the same run', aFinding(), 'unchanged', 'C-0a1b2c3d', 1, '6150000'],
        [
          'the same finding of another run',
          aFinding({ runId: 'run-2' }),
          'unchanged',
          'C-0a1b2c3d',
          1,
          '6150000',
        ],
        [
          'more of it in another run',
          aFinding({ runId: 'run-2', violations: 4, impact: { minor: '7000000', asset: 'EUR/6' } }),
          'updated',
          'C-0a1b2c3d',
          2,
          '7000000',
        ],
        [
          'another finding with the same first digits',
          aFinding({ findingId: 'f-0a1b2c3d00000000' }),
          'opened',
          'C-0a1b2c3d0',
          1,
          '6150000',
        ],
      ])('%s', async (_condition, finding, change, caseId, version, potential) => {
        await store.openCase(aFinding(), 'system');
        const result = await store.openCase(finding, 'system');
        expect(result.change).toBe(change);
        expect(result.case).toMatchObject({ caseId, version, status: 'open' });
        expect(result.case.money.potential).toEqual({ minor: potential, asset: 'EUR/6' });
        expect(await store.findCase(caseId)).toEqual(result.case);
      });

      test('two at once open one case', async () => {
        const other = await under.open();
        const results = await Promise.all([store.openCase(aFinding(), 'a'), other.openCase(aFinding(), 'b')]);
        expect(results.map((r) => r.change).sort()).toEqual(['opened', 'unchanged']);
        expect(await store.listCases()).toHaveLength(1);
      });

      test('a finding that changes while a decision is awaited withdraws the question', async () => {
        const { caseId } = await awaitingDecision(store);
        const { case: updated } = await store.openCase(aFinding({ runId: 'run-2', violations: 9 }), 'system');
        expect(updated.status).toBe('open');
        expect(await store.pendingDecision(caseId)).toBeUndefined();
      });

      test.each(['remedying', 'closed'] as const)('a %s case keeps its status and money', async (status) => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        await store.changeCase(opened.caseId, event('case-closed', status), {});
        const more = aFinding({ runId: 'run-2', impact: { minor: '9', asset: 'EUR/6' } });
        const { case: updated } = await store.openCase(more, 'system');
        expect(updated).toMatchObject({ status, money: opened.money });
        expect(await store.findFinding(more.findingId)).toEqual(more);
      });

      test('cases are listed by status and by every run that found them', async () => {
        await store.openCase(aFinding(), 'system');
        await store.openCase(aFinding({ runId: 'run-2' }), 'system');
        const { case: second } = await store.openCase(
          aFinding({ findingId: 'f-ffffffffffffffff' }),
          'system',
        );
        await store.changeCase(second.caseId, event('investigation-started', 'investigating'), {});
        const ids = async (filter?: Parameters<CaseStore['listCases']>[0]) =>
          (await store.listCases(filter)).map((item) => item.caseId);
        expect(await ids()).toEqual(['C-0a1b2c3d', 'C-ffffffff']);
        expect(await ids({ runId: 'run-2' })).toEqual(['C-0a1b2c3d']);
        expect(await ids({ runId: 'run-1' })).toEqual(['C-0a1b2c3d', 'C-ffffffff']);
        expect(await ids({ status: 'investigating' })).toEqual(['C-ffffffff']);
        expect(await ids({ runId: 'run-9' })).toEqual([]);
      });
    });

    describe('changing a case', () => {
      test('the version grows by one with each event, and the event has it', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        under.clock.advance(1000);
        const changed = await store.changeCase(
          opened.caseId,
          { kind: 'case-assigned', actor: 'anna', data: { to: 'ben' }, owner: 'ben' },
          { expectedVersion: 1 },
        );
        expect(changed).toMatchObject({ version: 2, owner: 'ben', updatedAt: '2026-11-03T09:00:01.000Z' });
        const [, second] = await store.events(opened.caseId);
        expect(second).toMatchObject({
          sequence: 2,
          caseVersion: 2,
          kind: 'case-assigned',
          actor: 'anna',
          data: { to: 'ben' },
        });
      });

      test('a version that moved is refused, and nothing is written', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        await store.changeCase(opened.caseId, event('comment-added'), {});
        await expect(
          store.changeCase(opened.caseId, event('comment-added'), { expectedVersion: 1 }),
        ).rejects.toEqual(name({ name: 'VersionMoved' }));
        expect(await store.events()).toHaveLength(2);
      });

      test('a repeated call with the same key changes nothing, another key does', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        const versions: number[] = [];
        for (const dedupeKey of ['a', 'a', 'b', 'a']) {
          versions.push(
            (await store.changeCase(opened.caseId, event('comment-added'), { dedupeKey })).version,
          );
        }
        expect(versions).toEqual([2, 2, 3, 3]);
        expect(await store.hasHappened(opened.caseId, 'a')).toBe(true);
        expect(await store.hasHappened(opened.caseId, 'c')).toBe(false);
      });

      test('an unknown case is CaseNotFound', async () => {
        await expect(store.changeCase('C-00000000', event('comment-added'), {})).rejects.toEqual(
          name({ name: 'CaseNotFound' }),
        );
      });

      test.each(['case-opened', 'finding-updated', 'decision-recorded', 'decision-refused'] as const)(
        '%s has a method of its own',
        async (kind) => {
          const { case: opened } = await store.openCase(aFinding(), 'system');
          await expect(store.changeCase(opened.caseId, event(kind), {})).rejects.toThrow(RangeError);
        },
      );

      test('many writers on two connections lose no change', async () => {
        const other = await under.open();
        const { case: opened } = await store.openCase(aFinding(), 'system');
        const writes = Array.from({ length: 40 }, (_, i) =>
          (i % 2 === 0 ? store : other).changeCase(opened.caseId, event('comment-added'), {}),
        );
        await Promise.all(writes);
        expect((await store.findCase(opened.caseId))?.version).toBe(41);
        expect(await store.verifyChain()).toMatchObject({ ok: true, events: 41 });
      });
    });

    describe('the audit chain', () => {
      async function threeEvents(): Promise<void> {
        await awaitingDecision(store);
      }

      test('is whole over all cases, and its head is the last hash', async () => {
        await threeEvents();
        await store.openCase(aFinding({ findingId: 'f-ffffffffffffffff' }), 'system');
        const events = await store.events();
        expect(events.map((e) => e.sequence)).toEqual([1, 2, 3, 4]);
        expect(await store.verifyChain()).toEqual({ ok: true, events: 4, head: events.at(-1)?.hash });
      });

      test('of an empty store is whole', async () => {
        expect(await store.verifyChain()).toEqual({ ok: true, events: 0, head: '0'.repeat(64) });
      });

      test.each([
        ['an update', "UPDATE events SET actor = 'nobody' WHERE sequence = 2"],
        ['a deletion', 'DELETE FROM events WHERE sequence = 3'],
        ['an update of a proposal', "UPDATE proposals SET body = '{}'"],
        ['a deletion of a proposal', 'DELETE FROM proposals'],
      ])('the database refuses %s', async (_what, statement) => {
        await threeEvents();
        await expect(under.execute(statement)).rejects.toThrow(/append-only/);
        expect(await store.verifyChain()).toMatchObject({ ok: true, events: 3 });
      });

      test.each([
        ['actor', "UPDATE events SET actor = 'nobody' WHERE sequence = 2", 2],
        ['time', "UPDATE events SET at = '2020-01-01T00:00:00.000Z' WHERE sequence = 1", 1],
        ['kind', "UPDATE events SET kind = 'comment-added' WHERE sequence = 3", 3],
        ['case', "UPDATE events SET case_id = 'C-11111111' WHERE sequence = 3", 3],
        ['case version', 'UPDATE events SET case_version = 7 WHERE sequence = 3', 3],
        ['content', `UPDATE events SET data = '{"a":1}' WHERE sequence = 2`, 2],
        ['content that is no JSON any more', "UPDATE events SET data = 'x' WHERE sequence = 2", 2],
        ['a hash', `UPDATE events SET hash = '${'c'.repeat(64)}' WHERE sequence = 1`, 1],
        ['a link', `UPDATE events SET previous_hash = '${'c'.repeat(64)}' WHERE sequence = 3`, 3],
        ['a missing event', 'DELETE FROM events WHERE sequence = 2', 3],
        ['a missing end', 'DELETE FROM events WHERE sequence = 3', 3],
      ])('shows a changed %s', async (_what, statement, brokenAt) => {
        await threeEvents();
        await under.dropGuards();
        await under.execute(statement);
        expect(await store.verifyChain()).toMatchObject({ ok: false, brokenAt });
      });
    });

    describe('evidence and proposals', () => {
      test('evidence comes back as it was, in the order in which it was saved, once', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        const first = someEvidence(opened.caseId, { evidenceId: 'ev-ffffffffffff' });
        const second = someEvidence(opened.caseId);
        await store.saveEvidence([first]);
        await store.saveEvidence([second, first]);
        expect(await store.listEvidence(opened.caseId)).toEqual([first, second]);
        expect(await store.listEvidence('C-00000000')).toEqual([]);
      });

      test('the latest proposal is the last one saved; saving one twice keeps it once', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        const first = aProposal(opened.caseId);
        const second = aProposal(opened.caseId, { proposalId: 'p-000000000002' });
        for (const proposal of [first, second, first]) await store.saveProposal(proposal);
        expect(await store.latestProposal(opened.caseId)).toEqual(second);
        expect(await store.findProposal(first.proposalHash)).toEqual(first);
        expect(await store.findProposal('0'.repeat(64))).toBeUndefined();
      });

      test('a proposal for an unknown case is CaseNotFound', async () => {
        await expect(store.saveProposal(aProposal('C-00000000'))).rejects.toEqual(
          name({ name: 'CaseNotFound' }),
        );
      });
    });

    describe('decisions', () => {
      test('an awaited decision is recorded with its event, and nothing is awaited any more', async () => {
        const awaited = await awaitingDecision(store);
        const decided = await store.recordDecision(aDecision(awaited), TOKEN, RECORDED);
        expect(decided).toMatchObject({ status: 'remedying', version: awaited.version + 1 });
        expect(await store.pendingDecision(awaited.caseId)).toBeUndefined();
        expect(await store.listDecisions(awaited.caseId)).toEqual([aDecision(awaited)]);
        expect((await store.events(awaited.caseId)).at(-1)).toMatchObject({
          kind: 'decision-recorded',
          actor: 'anna',
        });
      });

      test.each([
        ['another version', { caseVersion: 2 }, TOKEN, 'VersionMoved'],
        ['another proposal', { proposalHash: '0'.repeat(64) }, TOKEN, 'ProposalMismatch'],
        ['a token of an earlier request', {}, 'token-0', 'NotAwaitingDecision'],
        ['an unknown case', { caseId: 'C-00000000' }, TOKEN, 'CaseNotFound'],
      ] as const)('%s is refused, and nothing is written', async (_what, changes, token, error) => {
        const awaited = await awaitingDecision(store);
        const before = await store.events();
        await expect(store.recordDecision(aDecision(awaited, changes), token, RECORDED)).rejects.toEqual(
          name({ name: error }),
        );
        expect(await store.events()).toEqual(before);
        expect(await store.listDecisions(awaited.caseId)).toEqual([]);
        expect(await store.pendingDecision(awaited.caseId)).toMatchObject({ taskToken: TOKEN });
      });

      test('an item is ordered by one case only, whoever is first', async () => {
        const [first, second] = await Promise.all([
          awaitingDecision(store),
          awaitingDecision(store, {
            finding: aFinding({ findingId: 'f-ffffffffffffffff' }),
            items: 'C-0a1b2c3d',
          }),
        ]);
        await store.recordDecision(aDecision(first), TOKEN, RECORDED);
        const before = await store.events();
        await expect(
          store.recordDecision(aDecision(second, { decisionId: 'd-2' }), TOKEN, RECORDED),
        ).rejects.toEqual(name({ name: 'AlreadyOrdered' }));
        expect(await store.events()).toEqual(before);
        expect(await store.pendingDecision(second.caseId)).toMatchObject({ taskToken: TOKEN });
        expect((await store.orderedItems(first.proposal.proposalHash)).sort()).toEqual([
          'item-C-0a1b2c3d-0',
          'item-C-0a1b2c3d-1',
          'item-C-0a1b2c3d-2',
        ]);
        expect(await store.orderedItems(second.proposal.proposalHash)).toEqual([]);
        await expect(under.execute('DELETE FROM orders')).rejects.toThrow(/append-only/);
      });

      test('a rejection claims nothing', async () => {
        const awaited = await awaitingDecision(store);
        await store.recordDecision(aDecision(awaited, { verdict: 'rejected' }), TOKEN, RECORDED);
        expect(await store.orderedItems(awaited.proposal.proposalHash)).toEqual([]);
        expect(await store.itemMentions(['item-C-0a1b2c3d-1', 'item-x'])).toEqual([
          {
            item: 'item-C-0a1b2c3d-1',
            caseId: 'C-0a1b2c3d',
            findingId: 'f-0a1b2c3d4e5f6071',
            amount: '1',
            ordered: false,
            decided: true,
            awaited: false,
          },
        ]);
      });

      test('a proposal that does not name what it orders cannot be approved', async () => {
        const awaited = await awaitingDecision(store, { items: null });
        await expect(store.recordDecision(aDecision(awaited), TOKEN, RECORDED)).rejects.toEqual(
          name({ name: 'ProposalMismatch' }),
        );
      });

      test('20000 items are claimed in one transaction within seconds', async () => {
        const adjustments = { ...aProposal('C').adjustments, count: 20_000 };
        const awaited = await awaitingDecision(store, { proposal: { adjustments } });
        const start = performance.now();
        await store.recordDecision(aDecision(awaited), TOKEN, RECORDED);
        expect(performance.now() - start).toBeLessThan(10_000);
        expect(await store.orderedItems(awaited.proposal.proposalHash)).toHaveLength(20_000);
      });

      test('of two at once on two connections one wins', async () => {
        const awaited = await awaitingDecision(store);
        const other = await under.open();
        const results = await Promise.allSettled([
          store.recordDecision(aDecision(awaited), TOKEN, RECORDED),
          other.recordDecision(aDecision(awaited, { decidedBy: 'ben' }), TOKEN, RECORDED),
        ]);
        expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(results.find((r) => r.status === 'rejected')?.reason).toEqual(
          name({ name: 'NotAwaitingDecision' }),
        );
        expect(await store.listDecisions(awaited.caseId)).toHaveLength(1);
      });

      test('the database refuses to change or remove a decision', async () => {
        await store.recordDecision(aDecision(await awaitingDecision(store)), TOKEN, RECORDED);
        await expect(under.execute("UPDATE decisions SET body = '{}'")).rejects.toThrow(/append-only/);
        await expect(under.execute('DELETE FROM decisions')).rejects.toThrow(/append-only/);
      });

      test('a decision stays undelivered over a restart until it is marked', async () => {
        const awaited = await awaitingDecision(store);
        await store.recordDecision(aDecision(awaited), TOKEN, RECORDED);
        const restarted = await under.open();
        const undelivered = { decision: aDecision(awaited), taskToken: TOKEN };
        expect(await restarted.undeliveredDecisions()).toEqual([undelivered]);
        await restarted.markDelivered('d-000000000001');
        expect(await store.undeliveredDecisions()).toEqual([]);
      });

      test('a request repeated before the decision replaces the token', async () => {
        const awaited = await awaitingDecision(store);
        await store.savePendingDecision(pendingOf(awaited, 'token-2'));
        expect(await store.pendingDecision(awaited.caseId)).toMatchObject({ taskToken: 'token-2' });
      });

      test('a request repeated after the decision is answered with it, on the new token', async () => {
        const awaited = await awaitingDecision(store);
        await store.recordDecision(aDecision(awaited), TOKEN, RECORDED);
        await store.markDelivered('d-000000000001');
        await store.savePendingDecision(pendingOf(awaited, 'token-2'));
        expect(await store.undeliveredDecisions()).toMatchObject([{ taskToken: 'token-2' }]);
        expect(await store.pendingDecision(awaited.caseId)).toBeUndefined();
      });

      test('nothing can be awaited on a case that is not at that point', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        const proposal = aProposal(opened.caseId);
        await expect(
          store.savePendingDecision(pendingOf({ caseId: opened.caseId, proposal }, 'token-1')),
        ).rejects.toEqual(name({ name: 'NotAwaitingDecision' }));
      });

      test('a refusal is an event and does not move the version; an unknown case has one too', async () => {
        const { case: opened } = await store.openCase(aFinding(), 'system');
        await store.recordRefusal({ caseId: opened.caseId, actor: 'anna', data: { error: 'VersionMoved' } });
        await store.recordRefusal({ caseId: 'C-00000000', actor: 'anna', data: {} });
        expect((await store.findCase(opened.caseId))?.version).toBe(1);
        expect((await store.events()).map((e) => [e.caseId, e.caseVersion, e.kind])).toEqual([
          ['C-0a1b2c3d', 1, 'case-opened'],
          ['C-0a1b2c3d', 1, 'decision-refused'],
          ['C-00000000', 0, 'decision-refused'],
        ]);
        expect(await store.verifyChain()).toMatchObject({ ok: true });
      });
    });

    describe('effects', () => {
      test('the first intent is first; later ones see it, then its result', async () => {
        expect(await store.beginEffect('k', { a: 1, b: 2 })).toEqual({ first: true, result: null });
        expect(await store.beginEffect('k', { b: 2, a: 1 })).toEqual({ first: false, result: null });
        await store.completeEffect('k', { sent: true });
        await store.completeEffect('k', { sent: true });
        expect(await store.beginEffect('k', { a: 1, b: 2 })).toEqual({
          first: false,
          result: { sent: true },
        });
      });

      test.each([
        ['the same key with another input', () => store.beginEffect('k', { a: 2 })],
        ['another result', () => store.completeEffect('k', { sent: false })],
        ['a result of what was never begun', () => store.completeEffect('other', {})],
      ])('%s is in doubt', async (_what, attempt) => {
        await store.beginEffect('k', { a: 1 });
        await store.completeEffect('k', { sent: true });
        await expect(attempt()).rejects.toEqual(name({ name: 'EffectInDoubt' }));
      });

      test('of two at once on two connections one is first', async () => {
        const other = await under.open();
        const results = await Promise.all([store.beginEffect('k', 1), other.beginEffect('k', 1)]);
        expect(results.map((r) => r.first).sort()).toEqual([false, true]);
      });
    });

    describe('waits', () => {
      test('one per kind and case, oldest first; only the token that waits is removed', async () => {
        await store.saveWait({ kind: 'posting', caseId: 'C-2', taskToken: 'a' });
        under.clock.advance(1);
        await store.saveWait({ kind: 'posting', caseId: 'C-1', taskToken: 'b' });
        under.clock.advance(1);
        await store.saveWait({ kind: 'posting', caseId: 'C-2', taskToken: 'c' });
        await store.removeWait({ kind: 'posting', caseId: 'C-1', taskToken: 'stale' });
        expect((await store.listWaits('posting')).map((w) => w.taskToken)).toEqual(['b', 'c']);
        await store.removeWait({ kind: 'posting', caseId: 'C-1', taskToken: 'b' });
        expect((await store.listWaits('posting')).map((w) => w.taskToken)).toEqual(['c']);
      });
    });
  });
}

function pendingOf(awaited: { caseId: string; proposal: { proposalHash: string } }, taskToken: string) {
  return {
    caseId: awaited.caseId,
    proposalHash: awaited.proposal.proposalHash,
    taskToken,
    requestedAt: '2026-11-03T09:00:00.000Z',
  };
}
