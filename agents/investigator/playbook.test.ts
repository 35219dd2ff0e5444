import { evidenceFrom, withEvidenceId } from '#core/agent-tool/evidence.ts';
import { CONTROLS } from '#core/controls/registry.ts';
import type { AgentConclusion } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import { factsById } from '#core/investigation/check-claims.ts';
import { checkConclusion } from '#core/investigation/conclusion.ts';
import type { ToolCall, ToolReply } from '#core/investigation/playbook.ts';
import { verifyConclusion } from '#core/investigation/verify-conclusion.ts';
import { investigate } from './playbook.ts';
import { knowledgeOf, SYMPTOMS, UNKNOWN_SYMPTOM } from './symptoms.ts';

type Content = { readonly [key: string]: Json };

/** Replies by question or subject. A name that is missing answers with an error, as a tool that failed. */
type Replies = Readonly<Record<string, Content>>;

interface Answer {
  readonly conclusion: AgentConclusion;
  readonly calls: readonly ToolCall[];
  readonly removed: readonly string[];
}

/** Runs the playbook over replies that are written down, and checks its answer as the product does. */
function play(replies: Replies): Answer {
  const calls: ToolCall[] = [];
  const evidence: NonNullable<ReturnType<typeof evidenceFrom>>[] = [];
  const reply = (call: ToolCall): ToolReply => {
    calls.push(call);
    const content =
      replies[call.input.question ?? ''] ?? replies[call.input.subject ?? ''] ?? replies[call.tool];
    const json: Json =
      content === undefined ? { error: { code: 'TOOL_FAILED', message: '' } } : withEvidenceId(content);
    const text = JSON.stringify(json);
    const found = evidenceFrom(text, { caseId: 'C-1', tool: call.tool, input: call.input });
    if (found !== undefined) evidence.push(found);
    return { tool: call.tool, status: 'success', text, json };
  };
  const run = investigate({ inputText: '', sessionAttributes: {} });
  let step = run.next();
  while (!step.done)
    step = run.next((Array.isArray(step.value) ? step.value : [step.value as ToolCall]).map(reply));
  const reading = checkConclusion(JSON.parse(step.value));
  if (!reading.ok) throw new Error(reading.problem);
  const { removed } = verifyConclusion(reading.conclusion, factsById(evidence), ['C-1']);
  return {
    conclusion: reading.conclusion,
    calls,
    removed: removed.map(({ text, reason }) => `${reason}: ${text}`),
  };
}

const share = (count: number, of: number, percent: string) => ({ count, of, percent });

function summary(symptom: string, changes: Content = {}): Content {
  return {
    controlId: 'control',
    control: 'What the control says',
    period: '2026-10',
    title: 'A finding',
    direction: 'under-charged',
    symptom,
    segment: { service: 'voice', zone: 'eu', rating_source: 'ocs-2' },
    grain: 'record',
    estimated: false,
    amount: '120.50',
    currency: 'EUR',
    records: 200,
    subscriptions: 90,
    firstEvent: '2026-10-12T03:20:00.000Z',
    lastEvent: '2026-10-20T10:00:00.000Z',
    ...changes,
  };
}

const HEALTHY: Content = { feedsChecked: 12, complete: true, missing: [], quarantinedRecords: 0 };
const DAILY: Content = {
  onset: {
    firstDay: '2026-10-12',
    lastDay: '2026-10-20',
    pattern: 'window',
    daysAffected: 9,
    quietDaysBetween: 0,
    quietDaysBefore: 11,
    quietDaysAfter: 11,
  },
  rateWhileActive: share(200, 210, '95.24'),
  holidays: [{ day: '2026-10-26', name: 'National Day', records: 0 }],
};
const WHERE: Content = {
  records: 200,
  separates: [
    {
      dimension: 'zone',
      value: 'eu',
      share: share(200, 200, '100.00'),
      population: share(400, 8000, '5.00'),
      rate: share(200, 400, '50.00'),
    },
    {
      dimension: 'rating_source',
      value: 'ocs-2',
      share: share(200, 200, '100.00'),
      population: share(3200, 8000, '40.00'),
      rate: share(200, 3200, '6.25'),
    },
  ],
};
const HOURLY: Content = {
  firstHour: '2026-10-12T03:00:00Z',
  lastHour: '2026-10-20T10:00:00Z',
  burstCount: 1,
  bursts: [{ from: '2026-10-12T03:00:00Z', to: '2026-10-20T11:00:00Z', records: 200 }],
};
const RECORD: Content = {
  key: 'c-1',
  expected: '0.50',
  charged: '0.00',
  usage: [{ quantity: '60', fileId: 'usage_20261012_03.csv' }],
  rated: [{ amount: '0.00', tariffVersion: 2, ratePath: 'standard', source: 'ocs-2' }],
  billed: [{ billItemId: 'b-1', chargeType: 'usage', amount: '0.00' }],
};
const RATIO: Content = {
  records: 200,
  ratio: '0.500',
  comparableRecords: 200,
  atCommonRatio: 40,
  chargedZero: 0,
  quantity: {
    recordsWithBoth: 200,
    differs: 0,
    ratio: '1.000',
    commonestRated: null,
    commonestRatedRecords: 0,
  },
};
const NO_READING: Content = { compared: 200, explanations: [] };
const CONTRACT: Content = {
  passages: [
    { contractId: 'PL-1', heading: 'Prices', text: 'Calls to zone eu cost 0.50 EUR a minute, at any time.' },
  ],
};
const SUBSCRIPTION: Content = {
  subscriptionId: 'S1',
  expected: '31.00',
  charged: '0.00',
  validities: [
    {
      purpose: 'customer',
      offerId: 'O1',
      validFrom: '2026-01-01',
      networkStatus: 'active',
      activeFrom: '2026-01-02',
    },
  ],
  recurringAndAdjustments: [],
};
const SAMPLES: Content = {
  records: [
    {
      key: '1|sms|2026-10-12T03|msc-east',
      eventTime: '2026-10-12T03:00:00.000Z',
      source: 'msc-east',
      quantity: '40',
      chargedQuantity: '31',
      left: { recordId: 'usage_20261012_03.csv' },
    },
  ],
};

function change(
  changeId: string,
  kind: string,
  target: string,
  system: string,
  description: string,
  more: Content = {},
): Content {
  return {
    changeId,
    changedAt: '2026-10-12T03:10:00Z',
    system,
    kind,
    target,
    description,
    hoursBeforeFirstViolation: '0.2',
    unaffectedSessionsBetween: 0,
    recordsBefore: share(0, 200, '0.00'),
    hoursToNextRecord: '0.2',
    names: [
      {
        dimension: 'rating_source',
        value: 'ocs-2',
        inTarget: true,
        recordsPercent: '100.00',
        sessionsPercent: '40.00',
      },
    ],
    ...more,
  };
}
const near = (...changes: Content[]): Content => ({ firstViolation: '2026-10-12T03:20:00Z', changes });

function replies(symptom: string, changes: Content[], more: Replies = {}): Replies {
  return {
    'finding-summary': summary(symptom),
    'feed-health': HEALTHY,
    'daily-series': DAILY,
    'by-dimension': WHERE,
    'hourly-series': HOURLY,
    'version-comparison': NO_READING,
    'charge-ratio': RATIO,
    'sample-records': SAMPLES,
    'changes-near': near(...changes),
    record: RECORD,
    subscription: SUBSCRIPTION,
    'contract-reader': CONTRACT,
    'ticket-creation': { draft: true },
    ...more,
  };
}

const OVER = { direction: 'over-charged', amount: '120.50' };
const FEE = { grain: 'subscription', segment: { offer_id: 'O1' } };
const HOP = { grain: 'hop', segment: { service: 'sms', source: 'msc-east' }, estimated: true };

describe('fees are dated to the first of the month, so only the one change that can cause it is named', () => {
  test.each([
    [
      'lines are not billed',
      'active-not-billed',
      FEE,
      change('CHG-1', 'migration', 'O1', 'billing', 'Recurring charges moved to the new instance.', {
        names: [
          {
            dimension: 'offer_id',
            value: 'O1',
            inTarget: true,
            recordsPercent: '100.00',
            sessionsPercent: '15.00',
          },
        ],
      }),
      'rebill-adjustment',
    ],
    [
      'terminated lines are billed',
      'billed-not-active',
      { ...FEE, ...OVER },
      change(
        'CHG-1',
        'interface-change',
        'termination-interface',
        'billing',
        'Reports of terminations changed.',
        { names: [] },
      ),
      'credit-note',
    ],
  ])('%s', (_name, symptom, facts, guilty, remedy) => {
    const asked = (...changes: Content[]) =>
      play(replies(symptom, changes, { 'finding-summary': summary(symptom, facts) }));
    const innocent = change('CHG-2', 'report', 'billing', 'billing', 'New report of revenue for finance.');
    const alone = asked(guilty, innocent);
    expect(alone.conclusion).toMatchObject({ causeFound: true, changeId: 'CHG-1', remedy });
    expect(alone.conclusion.cause).toContain('the one change near the beginning of the month');
    expect(alone.conclusion.hypotheses[0]).toMatchObject({ verdict: 'supported' });
    expect(alone.removed).toEqual([]);
    const two = asked(guilty, { ...guilty, changeId: 'CHG-3' });
    expect(two.conclusion).toMatchObject({ causeFound: false, changeId: null, remedy });
    expect(two.conclusion.cause).toMatch(/^cause not found/);
    expect(two.conclusion.hypotheses[0]).toMatchObject({ verdict: 'undecided' });
    expect(two.removed).toEqual([]);
    const elsewhere = asked({
      ...guilty,
      names: [
        {
          dimension: 'offer_id',
          value: 'O9',
          inTarget: true,
          recordsPercent: '0.00',
          sessionsPercent: '9.00',
        },
      ],
    });
    expect(elsewhere.conclusion).toMatchObject({ causeFound: false, changeId: null });
    expect(asked(innocent).conclusion).toMatchObject({ causeFound: false, changeId: null });
  });
});

describe('every symptom that a control of the product can yield is known', () => {
  const all = CONTROLS.flatMap((control) =>
    Object.keys(control.symptoms).map((name) => [control.id, name, control] as const),
  );

  test('the table has no other', () => {
    expect(CONTROLS).toHaveLength(41);
    expect(Object.keys(SYMPTOMS).sort()).toEqual([...new Set(all.map(([, name]) => name))].sort());
  });

  test.each(all)(
    '%s %s: its cause is found, its remedy fits, and the check removes nothing',
    (id, name, control) => {
      const knowledge = knowledgeOf(id, name);
      expect(knowledge).not.toBe(UNKNOWN_SYMPTOM);
      const words = knowledge.causedBy.source.split('|')[0]?.replace('-?', '-') ?? '';
      const system = knowledge.systems.source.split('|')[0] ?? '';
      expect(knowledge.plausible.length).toBeGreaterThan(0);
      const isOver = /-(?:high|more|large)$|above|twice/.test(name) && control.grain !== 'hop';
      const facts: Content = {
        controlId: id,
        grain: control.grain,
        violations: 150,
        direction: isOver ? 'over-charged' : 'under-charged',
        segment: Object.fromEntries(control.dimensions.slice(0, 1).map((dimension) => [dimension, 'eu'])),
      };
      const guilty = change('CHG-1', `${words}-change`, 'ocs-2', system, 'It was changed.');
      const more = { 'finding-summary': summary(name, facts) };
      const { conclusion, calls, removed } = play(replies(name, [guilty], more));
      expect(removed).toEqual([]);
      expect(conclusion).toMatchObject({
        causeFound: true,
        changeId: 'CHG-1',
        remedy: isOver ? knowledge.remedy.over : knowledge.remedy.under,
      });
      expect(calls.length).toBeLessThanOrEqual(11);
      for (const hypothesis of conclusion.hypotheses) expect(hypothesis.refutedBy).toBeDefined();
      const innocent = change('CHG-2', 'capacity', 'ocs-2', system, 'Memory added.');
      expect(play(replies(name, [innocent], more)).conclusion).toMatchObject({
        causeFound: false,
        changeId: null,
      });
    },
  );
});

describe('the playbook finds the change behind each symptom', () => {
  test.each<[string, string, Content, Content, string]>([
    [
      'mediation discards records',
      'missing-at-mediation',
      HOP,
      change('CHG-1', 'filter-rule', 'msc-east', 'mediation', 'Plausibility filter of msc-east replaced.'),
      'suspense-reprocessing',
    ],
    [
      'usage does not reach rating',
      'missing-at-rating',
      {},
      change('CHG-1', 'routing', 'ocs-2', 'mediation', 'Distribution to ocs-2 reconfigured.'),
      'suspense-reprocessing',
    ],
    [
      'rated items are not billed',
      'missing-at-billing',
      {},
      change('CHG-1', 'batch-job', 'ocs-2', 'billing', 'Collection of rated items split in two.'),
      'rebill-adjustment',
    ],
    [
      'ghosts are billed',
      'no-usage',
      OVER,
      change('CHG-1', 'replay', 'ocs-2', 'rating', 'Archive replayed on ocs-2.'),
      'credit-note',
    ],
    [
      'items are billed twice',
      'billed-twice',
      OVER,
      change('CHG-1', 'batch-job', 'ocs-2', 'billing', 'Retry added to the posting.'),
      'credit-note',
    ],
    [
      'a price row is wrong',
      'price-differs',
      {},
      change('CHG-1', 'tariff-load', 'price table', 'ocs-2', 'Price table row corrected by hand.'),
      'rebill-adjustment',
    ],
    [
      'a price row is wrong, too high',
      'price-differs',
      OVER,
      change('CHG-1', 'tariff-load', 'price table', 'ocs-2', 'Price table row corrected by hand.'),
      'credit-note',
    ],
    [
      'an old version goes on',
      'wrong-version',
      {},
      change('CHG-1', 'tariff-load', 'T1', 'ocs-2', 'Load of the new version moved to a later window.'),
      'rebill-adjustment',
    ],
    [
      'quantities are cut',
      'quantity-differs',
      {},
      change('CHG-1', 'software-upgrade', 'ocs-2', 'mediation', 'Assembly of partial records upgraded.'),
      'rebill-adjustment',
    ],
    [
      'the default rate is used',
      'default-rate',
      {},
      change('CHG-1', 'zone-load', 'eu', 'ocs-2', 'Zone table reloaded.'),
      'rebill-adjustment',
    ],
    [
      'nothing is charged',
      'zero-rate',
      {},
      change('CHG-1', 'promotion-flag', 'O1', 'ocs-2', 'Promotion flag tested.'),
      'rebill-adjustment',
    ],
    [
      'a clock is wrong',
      'wrong-time-band',
      {},
      change('CHG-1', 'operating-system-patch', 'ocs-2', 'ocs-2', 'Patched; time zone data frozen.'),
      'rebill-adjustment',
    ],
  ])('%s', (_name, symptom, facts, guilty, remedy) => {
    const { conclusion, removed, calls } = play(
      replies(symptom, [guilty], {
        'finding-summary': summary(symptom, facts),
      }),
    );
    expect(conclusion).toMatchObject({ causeFound: true, changeId: 'CHG-1', remedy });
    expect(conclusion.hypotheses[0]).toMatchObject({ verdict: 'supported' });
    expect(removed).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(11);
    expect(calls.at(-1)?.tool).toBe('ticket-creation');
  });
});

describe('the playbook rejects what only looks like the cause', () => {
  const GUILTY = change('CHG-1', 'batch-job', 'ocs-2', 'billing', 'Collection of rated items split in two.');

  test.each<[string, Content, string]>([
    [
      'a change after the first record',
      change('CHG-2', 'batch-job', 'ocs-2', 'billing', 'Collection split.', {
        hoursBeforeFirstViolation: '-5.0',
        recordsBefore: share(90, 200, '45.00'),
      }),
      '45.00 % of the affected records came before it',
    ],
    [
      'a change of another engine',
      change('CHG-2', 'batch-job', 'ocs-1', 'billing', 'Collection split.', {
        names: [
          {
            dimension: 'rating_source',
            value: 'ocs-1',
            inTarget: true,
            recordsPercent: '0.00',
            sessionsPercent: '60.00',
          },
        ],
      }),
      'it concerns ocs-1, which 0.00 %',
    ],
    [
      'a change of another kind',
      change('CHG-2', 'capacity', 'ocs-2', 'ocs-2', 'Memory added.'),
      'a change of its kind does not cause this symptom',
    ],
  ])('%s', (_name, rival, reason) => {
    const alone = play(replies('missing-at-billing', [rival])).conclusion;
    expect(alone).toMatchObject({ causeFound: false, changeId: null });
    expect(alone.cause).toMatch(/^cause not found/);
    const beside = play(replies('missing-at-billing', [rival, GUILTY])).conclusion;
    expect(beside.changeId).toBe('CHG-1');
    const rejected = beside.hypotheses.find(({ cause }) => cause.includes('CHG-2'));
    expect(rejected).toMatchObject({ verdict: 'rejected' });
    expect(rejected?.test).toContain(reason);
  });

  test('a change that names nothing is no cause of what lies in one place', () => {
    const rival = change('CHG-2', 'batch-job', 'billing', 'billing', 'Run moved.', { names: [] });
    expect(play(replies('missing-at-billing', [rival])).conclusion.changeId).toBeNull();
  });

  test('a change that holds half of the records is not the cause of all', () => {
    const rival = change('CHG-2', 'batch-job', 'ocs-2', 'billing', 'Collection split.', {
      names: [
        {
          dimension: 'rating_source',
          value: 'ocs-2',
          inTarget: true,
          recordsPercent: '60.00',
          sessionsPercent: '40.00',
        },
      ],
    });
    const { conclusion, removed } = play(replies('missing-at-billing', [rival]));
    expect(conclusion.changeId).toBeNull();
    expect(conclusion.hypotheses[0]?.test).toBe(
      'Refuted: it concerns ocs-2, which 60.00 % of the affected records have.',
    );
    expect(removed).toEqual([]);
  });

  test('a change that says of itself that it changes nothing is neither named nor cleared: a person looks', () => {
    const text = 'Collection split. Prices unchanged, no change of function.';
    const { conclusion, removed } = play(
      replies('missing-at-billing', [change('CHG-1', 'batch-job', 'ocs-2', 'billing', text)]),
    );
    expect(conclusion.changeId).toBeNull();
    expect(conclusion.hypotheses[0]).toMatchObject({
      cause: expect.stringContaining('CHG-1'),
      verdict: 'undecided',
    });
    expect(removed).toEqual([]);
  });

  test('the start of a version that was due is not why the version before was charged', () => {
    const start = change('CHG-1', 'tariff-load', 'ocs-2', 'rating', 'Version 2 in force.');
    const versions = (validTo: string) => ({
      'version-comparison': {
        compared: 200,
        explanations: [
          { explanation: 'other-version', tariffVersion: 1, validTo, exact: 200, percent: '100.00' },
        ],
      },
    });
    const asked = (validTo: string) => play(replies('wrong-version', [start], versions(validTo))).conclusion;
    expect(asked('2026-09-01T00:00:00Z').changeId).toBe('CHG-1');
    expect(asked(String(start.changedAt)).changeId).toBeNull();
  });

  test.each([
    ['a text with a sprint before it', 'Sprint 42. Collection of rated items split in two.'],
    ['a text of other words', 'Evening pick-up now goes in two passes.'],
    ['no text', 'See ticket.'],
  ])('text is no evidence: the guilty change with %s is found all the same', (_name, description) => {
    const guilty = change('CHG-1', 'batch-job', 'ocs-2', 'billing', description);
    const rival = change('CHG-2', 'report', 'billing', 'billing', 'Collection of rated items reported.');
    const { conclusion, removed } = play(replies('missing-at-billing', [guilty, rival]));
    expect(conclusion.changeId).toBe('CHG-1');
    expect(removed).toEqual([]);
  });

  test.each([
    ['rules a change out when its target names it', true, 'Refuted: it concerns eu, which 3.00 %'],
    ['only costs points when its text mentions it', false, 'which 3.00 % of them have'],
  ])('a value that the records have not %s', (_name, inTarget, words) => {
    const rival = change('CHG-2', 'batch-job', 'x', 'billing', 'Collection.', {
      names: [{ dimension: 'zone', value: 'eu', inTarget, recordsPercent: '3.00', sessionsPercent: '5.00' }],
    });
    const { conclusion } = play(replies('missing-at-billing', [rival]));
    expect(conclusion.changeId).toBeNull();
    expect(conclusion.hypotheses[0]?.test).toContain(words);
  });

  test.each([
    ['few sessions in between, because the segment is rare', 4, 'CHG-1'],
    ['many sessions in between, none of them affected', 400, null],
  ])('a change five days before, %s', (_name, unaffectedSessionsBetween, expected) => {
    const early = change(
      'CHG-1',
      'batch-job',
      'ocs-2',
      'billing',
      'Collection of rated items split in two.',
      {
        hoursBeforeFirstViolation: '120.0',
        hoursToNextRecord: '120.0',
        unaffectedSessionsBetween,
        names: [
          {
            dimension: 'rating_source',
            value: 'ocs-2',
            inTarget: true,
            recordsPercent: '100.00',
            sessionsPercent: '20.00',
          },
        ],
      },
    );
    expect(play(replies('missing-at-billing', [early])).conclusion.changeId).toBe(expected);
  });

  test('two changes that fit equally well: none is named', () => {
    const { conclusion } = play(replies('missing-at-billing', [GUILTY, { ...GUILTY, changeId: 'CHG-2' }]));
    expect(conclusion).toMatchObject({ causeFound: false, changeId: null });
    expect(conclusion.hypotheses.filter(({ verdict }) => verdict === 'undecided')).toHaveLength(2);
  });

  test('a few stray records before the change do not clear it', () => {
    const late = change('CHG-1', 'batch-job', 'ocs-2', 'billing', 'Collection of rated items split in two.', {
      hoursBeforeFirstViolation: '-20.0',
      recordsBefore: share(4, 200, '2.00'),
      hoursToNextRecord: '0.1',
    });
    expect(play(replies('missing-at-billing', [late])).conclusion.changeId).toBe('CHG-1');
  });

  test.each([
    ['one that carries no engine', null, 'CHG-1'],
    ['one that has another engine', '0.00', null],
  ])('an engine in the log and records: %s', (_name, recordsPercent, expected) => {
    const routing = change('CHG-1', 'routing', 'ocs-2', 'mediation', 'Distribution to ocs-2 reconfigured.', {
      names: [
        {
          dimension: 'rating_source',
          value: 'ocs-2',
          inTarget: true,
          recordsPercent,
          sessionsPercent: '40.00',
        },
      ],
    });
    expect(play(replies('missing-at-rating', [routing])).conclusion.changeId).toBe(expected);
  });
});

describe('without a change in the log', () => {
  test.each<[string, string, Replies, RegExp]>([
    [
      'an exact other version is a cause',
      'wrong-version',
      {
        'version-comparison': {
          compared: 200,
          explanations: [{ explanation: 'other-version', tariffVersion: 1, exact: 200, percent: '100.00' }],
        },
      },
      /priced under version 1/,
    ],
    [
      'one factor for all is a cause',
      'price-differs',
      { 'charge-ratio': { ...RATIO, atCommonRatio: 199 } },
      /at 0.500 times the price list/,
    ],
    [
      'one quantity in place of all larger ones is a cause',
      'quantity-differs',
      {
        'charge-ratio': {
          ...RATIO,
          quantity: {
            recordsWithBoth: 200,
            differs: 200,
            ratio: '0.400',
            commonestRated: '3600',
            commonestRatedRecords: 200,
          },
        },
      },
      /for 3600 seconds/,
    ],
  ])('%s', (_name, symptom, more, cause) => {
    const { conclusion, removed } = play(replies(symptom, [], more));
    expect(conclusion).toMatchObject({ causeFound: true, changeId: null });
    expect(conclusion.cause).toMatch(cause);
    expect(removed).toEqual([]);
  });

  test.each<[string, string, Replies]>([
    ['nothing coincides', 'missing-at-billing', {}],
    [
      'an explanation of only some records',
      'wrong-version',
      {
        'version-comparison': {
          compared: 200,
          explanations: [{ explanation: 'other-version', tariffVersion: 1, exact: 120, percent: '60.00' }],
        },
      },
    ],
    [
      'an explanation of too few records',
      'price-differs',
      { 'charge-ratio': { ...RATIO, comparableRecords: 3, atCommonRatio: 3 } },
    ],
    ['a symptom that nobody knows', 'something-new', {}],
  ])('cause not found: %s', (_name, symptom, more) => {
    const { conclusion, removed } = play(replies(symptom, [], more));
    expect(conclusion).toMatchObject({ causeFound: false, changeId: null });
    expect(conclusion.cause).toMatch(/^cause not found/);
    expect(removed).toEqual([]);
  });
});

describe('innocent explanations are considered', () => {
  test('missing data is not rejected where files are missing', () => {
    const gap = { ...HEALTHY, complete: false, missing: [{ dataset: 'rated', slotsMissing: 2 }] };
    const { conclusion, removed } = play(replies('missing-at-billing', [], { 'feed-health': gap }));
    expect(conclusion.hypotheses).toContainEqual(
      expect.objectContaining({
        cause: 'Data is missing or late, and nothing is wrong',
        verdict: 'undecided',
      }),
    );
    expect(conclusion.claims.map(({ text }) => text)).toContain(
      'Feed rated lacks 2 slots in the period; days that need them were not evaluated.',
    );
    expect(removed).toEqual([]);
  });

  test.each([
    ['a holiday that has all records', 200, 'undecided'],
    ['a holiday that has none', 0, 'rejected'],
  ])('%s', (_name, records, verdict) => {
    const daily = { ...DAILY, holidays: [{ day: '2026-10-15', name: 'A holiday', records }] };
    const { conclusion } = play(replies('price-differs', [], { 'daily-series': daily }));
    const holiday = conclusion.hypotheses.find(({ cause }) => cause.startsWith('A public holiday'));
    expect(holiday?.verdict).toBe(verdict);
  });

  test('test lines are looked for where fees are concerned', () => {
    const { conclusion } = play(
      replies('active-not-billed', [], { 'finding-summary': summary('active-not-billed', FEE) }),
    );
    expect(conclusion.hypotheses).toContainEqual(
      expect.objectContaining({
        cause: 'These are test or internal lines, free on purpose',
        verdict: 'rejected',
      }),
    );
  });
});

describe('what cannot be looked at is left out', () => {
  test('without a summary nothing is concluded', () => {
    expect(play({}).conclusion).toMatchObject({ causeFound: false, claims: [], remedy: 'ticket-only' });
  });

  test.each([
    'feed-health',
    'daily-series',
    'by-dimension',
    'changes-near',
    'hourly-series',
    'version-comparison',
    'charge-ratio',
    'record',
    'contract-reader',
    'ticket-creation',
  ])('an error of %s costs only its own claims', (name) => {
    const all = replies('price-differs', [
      change('CHG-1', 'tariff-load', 'price table', 'ocs-2', 'Price table row corrected.'),
    ]);
    const { [name]: _, ...rest } = all;
    const { conclusion, removed } = play(rest);
    expect(conclusion.claims.length).toBeGreaterThan(2);
    expect(removed).toEqual([]);
  });
});
