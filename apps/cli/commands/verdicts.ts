import { judge, personOf, precedents } from '#apps/host/learning.ts';
import { openStores } from '#apps/host/stores.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { parseMoney, toMoneyJson } from '#core/domain/money.ts';
import { CAUSE_VERDICTS } from '#core/learning/verdict.ts';
import { type CommandResult, type CommandSpec, flagOption, type Invocation, textOption } from '../command.ts';
import { findCase } from '../find-case.ts';
import { showCount } from '../format.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

/** Commands on what analysts say about explanations, and what follows from it. */
export const VERDICT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'cases judge <case>',
    summary: 'Say whether the explanation was right; it changes no status and no money',
    example: 'plumbline cases judge C-12345678 --cause wrong --actual-change CHG-0042 --by anna',
    options: [
      { flags: '--cause <verdict>', description: `One of ${CAUSE_VERDICTS.join(', ')}` },
      { flags: '--actual <text>', description: 'What it really was' },
      { flags: '--actual-change <id>', description: 'Change of the change log that it really was' },
      { flags: '--false-positive', description: 'Nothing was wrong at all' },
      {
        flags: '--amount <decimal>',
        description: 'What the amount should have been, signed as the impact is',
      },
      { flags: '--note <text>', description: 'Anything that helps the next reader' },
      { flags: '--by <name>', description: 'Who judges (default: $PLUMBLINE_USER, else the login name)' },
    ],
    run: judgeCase,
  },
  {
    usage: 'precedents list',
    summary: 'How often a kind of change was the right cause for a symptom, by verdicts',
    example: 'plumbline precedents list',
    run: listPrecedents,
  },
];

async function judgeCase(invocation: Invocation, output: Output): Promise<CommandResult> {
  const cause = CAUSE_VERDICTS.find((known) => known === textOption(invocation, 'cause'));
  if (cause === undefined) {
    throw new PlumblineError('UsageError', {
      what: 'A verdict says whether the cause is right',
      next: `--cause ${CAUSE_VERDICTS.join(' | ')}`,
    });
  }
  const stores = await openStores(invocation.home);
  try {
    const found = await findCase(stores, invocation.args.case ?? '');
    const amount = textOption(invocation, 'amount');
    const by = personOf(textOption(invocation, 'by'));
    const judged = await judge(stores, {
      caseId: found.caseId,
      by,
      cause,
      actualCause: textOption(invocation, 'actual') ?? null,
      actualChangeId: textOption(invocation, 'actualChange') ?? null,
      falsePositive: flagOption(invocation, 'falsePositive'),
      amount: amount === undefined ? null : toMoneyJson(parseMoney(amount, found.money.potential.asset)),
      note: textOption(invocation, 'note') ?? '',
    });
    output.print(`${found.caseId}: ${by} says that the cause is ${cause}. Recorded in the audit.`);
    return { data: { case: judged } };
  } finally {
    await stores.close();
  }
}

async function listPrecedents(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const found = await precedents(stores);
    const columns = [
      { title: 'CONTROL' },
      { title: 'SYMPTOM' },
      { title: 'KIND OF CHANGE' },
      { title: 'RIGHT', align: 'right' as const },
      { title: 'WRONG', align: 'right' as const },
    ];
    const rows = found.map(({ controlId, symptom, changeKind, right, wrong }) => [
      controlId,
      symptom,
      changeKind,
      showCount(right),
      showCount(wrong),
    ]);
    if (found.length === 0) output.print('No verdicts yet. Next: plumbline cases judge <case> --cause right');
    else for (const line of tableLines(columns, rows)) output.print(line);
    return { data: { precedents: found } };
  } finally {
    await stores.close();
  }
}
