import { lapses } from '#apps/host/recoverability.ts';
import { openStores } from '#apps/host/stores.ts';
import { totalMoney } from '#core/cases/money.ts';
import { byLapse, type Lapse } from '#core/cases/recoverability.ts';
import type { Case, CaseStatus, DecisionReason } from '#core/domain/case.ts';
import { CASE_STATUSES, DECISION_REASONS } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { add, toMoneyJson, zero } from '#core/domain/money.ts';
import { type Day, parseDay } from '#core/domain/period.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { decideInCli } from '../decide.ts';
import { findCase } from '../find-case.ts';
import { showCount, showMoney } from '../format.ts';
import type { Output } from '../output.ts';
import { caseLines, noteShown } from '../show-case.ts';
import { tableLines } from '../table.ts';

/** Commands on cases: what was found, and the one place where a person decides. */
export const CASE_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'cases list',
    summary: 'What was found, largest amount first, and what waits for a decision',
    example: 'plumbline cases list --status awaiting-decision',
    options: [
      { flags: '--status <status>', description: `Only cases in this status: ${CASE_STATUSES.join(', ')}` },
      {
        flags: '--sort <order>',
        description: 'money (largest first) or lapse (what can soon not be charged any more first)',
        defaultValue: 'money',
      },
      {
        flags: '--within <days>',
        description: 'Days within which money counts as about to lapse',
        defaultValue: '30',
      },
      { flags: '--as-of <day>', description: 'The day on which it is asked (default: today)' },
    ],
    run: listCases,
  },
  {
    usage: 'cases show <case>',
    summary: 'One case: money, proposal, what would be sent, history',
    example: 'plumbline cases show C-12345678',
    run: showCase,
  },
  {
    usage: 'cases approve <case>',
    summary: 'Approve the proposal that `cases show` last showed you',
    example:
      'plumbline cases approve C-12345678 --by anna --reason "evidence-sufficient: checked five records"',
    options: decisionOptions('evidence-sufficient'),
    run: (invocation, output) => decideInCli('approved', invocation, output),
  },
  {
    usage: 'cases reject <case>',
    summary: 'Reject the proposal that `cases show` last showed you',
    example: 'plumbline cases reject C-12345678 --by anna --reason "false-positive: planned free weekend"',
    options: decisionOptions('cause-not-proved'),
    run: (invocation, output) => decideInCli('rejected', invocation, output),
  },
];

function decisionOptions(fallback: DecisionReason): CommandSpec['options'] {
  return [
    {
      flags: '--reason <text>',
      description: `Why, in words; may start with one of ${DECISION_REASONS.join(', ')} and a colon (else: ${fallback})`,
    },
    { flags: '--by <name>', description: 'Who decides (default: $PLUMBLINE_USER, else the login name)' },
    { flags: '--proposal <hash>', description: 'Hash of the proposal, in place of the one last shown' },
    { flags: '--case-version <n>', description: 'Version of the case, in place of the one last shown' },
  ];
}

async function listCases(invocation: Invocation, output: Output): Promise<CommandResult> {
  const status = statusOption(invocation);
  const queue = queueOptions(invocation);
  const stores = await openStores(invocation.home);
  try {
    const listed = byMoney(await stores.cases.listCases(status ? { status } : {}));
    const found = await lapses(stores, listed, queue);
    const cases = queue.sort === 'lapse' ? lapsingFirst(listed, found) : listed;
    const rows = cases.map((item) => [
      item.caseId,
      showMoney(totalMoney(item.money)),
      item.controlId,
      item.resolution ?? item.status,
      found.get(item.caseId)?.nextLapse ?? '',
      ...(queue.sort === 'lapse' ? [lapsingOf(found.get(item.caseId))] : []),
      item.title,
    ]);
    const columns = [
      { title: 'CASE' },
      { title: 'IMPACT', align: 'right' as const },
      { title: 'CONTROL' },
      { title: 'STATUS' },
      { title: 'LAPSES FROM' },
      ...(queue.sort === 'lapse'
        ? [{ title: `WITHIN ${queue.withinDays} DAYS`, align: 'right' as const }]
        : []),
      { title: 'WHAT DIFFERS' },
    ];
    if (cases.length === 0) output.print(status ? `No case is ${status}.` : 'No cases. Next: plumbline demo');
    else for (const line of tableLines(columns, rows)) output.print(line);
    const waiting = cases.filter((item) => item.status === 'awaiting-decision').length;
    output.print();
    output.print(
      `${showCount(cases.length)} cases, ${showCount(waiting)} awaiting a decision. Positive is a loss, negative is owed back.`,
    );
    const soon = [...found.values()].filter(({ lapsing }) => lapsing.minor !== 0n);
    if (soon.length > 0) {
      const [first] = soon as [Lapse, ...Lapse[]];
      const total = soon.reduce((sum, { lapsing }) => add(sum, lapsing), zero(first.lapsing.asset));
      output.print(
        `${showMoney(toMoneyJson(total))} of ${showCount(soon.length)} cases can no longer be charged after the next ${queue.withinDays} days.`,
      );
    }
    const withLapse = cases.map((item) => ({ ...item, recoverability: lapseJson(found.get(item.caseId)) }));
    return { data: { cases: withLapse } };
  } finally {
    await stores.close();
  }
}

async function showCase(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const found = await findCase(stores, invocation.args.case ?? '');
    const proposal = await stores.cases.latestProposal(found.caseId);
    const [events, decisions, pending] = await Promise.all([
      stores.cases.events(found.caseId),
      stores.cases.listDecisions(found.caseId),
      stores.cases.pendingDecision(found.caseId),
    ]);
    for (const line of caseLines({ case: found, proposal, events, decisions })) output.print(line);
    if (proposal) await noteShown(invocation.home, found, proposal);
    return {
      data: {
        case: found,
        proposal: proposal ?? null,
        decisions,
        events,
        awaitingDecision: pending !== undefined,
      },
    };
  } finally {
    await stores.close();
  }
}

function lapsingFirst(cases: readonly Case[], found: ReadonlyMap<string, Lapse>): Case[] {
  const known = cases.flatMap((item) => {
    const lapse = found.get(item.caseId);
    return lapse === undefined ? [] : [{ caseId: item.caseId, item, lapse }];
  });
  const rest = cases.filter((item) => !found.has(item.caseId));
  return [...known.sort(byLapse).map(({ item }) => item), ...rest];
}

/** What can no longer be charged after the days asked about. */
function lapsingOf(lapse: Lapse | undefined): string {
  return lapse === undefined || lapse.lapsing.minor === 0n ? '' : showMoney(toMoneyJson(lapse.lapsing));
}

function lapseJson(lapse: Lapse | undefined) {
  if (lapse === undefined) return null;
  const { nextLapse, recoverable, lapsing, lapsed, owedBack } = lapse;
  const [a, b, c, d] = [recoverable, lapsing, lapsed, owedBack].map(toMoneyJson);
  return { recoverable: a, lapsing: b, lapsed: c, owedBack: d, nextLapse };
}

interface QueueOptions {
  readonly sort: 'money' | 'lapse';
  readonly withinDays: number;
  readonly asOf: Day;
}

function queueOptions(invocation: Invocation): QueueOptions {
  const sort = textOption(invocation, 'sort') ?? 'money';
  const within = textOption(invocation, 'within') ?? '30';
  const asOf = textOption(invocation, 'asOf') ?? new Date().toISOString().slice(0, 10);
  if (
    (sort !== 'money' && sort !== 'lapse') ||
    !/^\d{1,4}$/.test(within) ||
    !/^\d{4}-\d{2}-\d{2}$/.test(asOf)
  ) {
    throw new PlumblineError('UsageError', {
      what: 'The order, the days or the day asked about cannot be read',
      next: 'plumbline cases list --sort lapse --within 30 --as-of 2026-11-30',
    });
  }
  return { sort, withinDays: Number(within), asOf: parseDay(asOf) };
}

/** Largest amount first, whatever its sign; then by id, so that the order is the same everywhere. */
export function byMoney(cases: readonly Case[]): Case[] {
  const size = (item: Case): bigint => {
    const { minor } = totalMoney(item.money);
    return minor < 0n ? -minor : minor;
  };
  return [...cases].sort((a, b) => {
    const difference = size(b) - size(a);
    return difference === 0n ? (a.caseId < b.caseId ? -1 : 1) : difference > 0n ? 1 : -1;
  });
}

function statusOption(invocation: Invocation): CaseStatus | undefined {
  const text = textOption(invocation, 'status');
  if (text === undefined) return undefined;
  const status = CASE_STATUSES.find((candidate) => candidate === text);
  if (status) return status;
  throw new PlumblineError('UnknownName', {
    what: `There is no status "${text}"`,
    next: `one of ${CASE_STATUSES.join(', ')}`,
  });
}
