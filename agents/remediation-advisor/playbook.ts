import { z } from 'zod';
import { type Claim, REMEDIES, type Remedy } from '#core/domain/case.ts';
import { decimalString, parseMoney, rescale } from '#core/domain/money.ts';
import type { Advice } from '#core/investigation/advice.ts';
import type { Playbook, ToolCall, ToolReply } from '#core/investigation/playbook.ts';

const ANSWERED_BY = 'playbook/remediation-advisor';

const caseReply = z.object({
  evidenceId: z.string(),
  found: z.literal(true),
  caseId: z.string(),
  direction: z.enum(['under-charged', 'over-charged']).optional(),
  amount: z.string(),
  records: z.number().optional(),
  remedy: z.enum(REMEDIES).optional(),
  cause: z.string().nullish(),
  changeId: z.string().nullish(),
});
const recoverReply = z.object({
  evidenceId: z.string(),
  asOf: z.string(),
  lapsesWithinDays: z.number(),
  backBillDays: z.number(),
  remediesAdmitted: z.array(z.enum(REMEDIES)).default([]),
  estimated: z.boolean().optional(),
  openCases: z.number().optional(),
  recoverableTotal: z.string().optional(),
  lapsingTotal: z.string().optional(),
  lapsedTotal: z.string().optional(),
  owedBackTotal: z.string().optional(),
  cases: z.array(z.object({ caseId: z.string(), nextLapse: z.string().nullable() })).default([]),
});
const summaryReply = z.object({
  evidenceId: z.string(),
  grain: z.string(),
  subscriptions: z.number(),
  records: z.number(),
});
const healthReply = z.object({
  evidenceId: z.string(),
  complete: z.boolean(),
  missing: z.array(z.object({ dataset: z.string(), slotsMissing: z.number() })),
});

const CALLS: readonly ToolCall[] = [
  { tool: 'case-lookup', input: { subject: 'case' }, why: 'what was found and proposed' },
  { tool: 'case-lookup', input: { subject: 'recoverability' }, why: 'what can still be had, and until when' },
  { tool: 'usage-query', input: { question: 'finding-summary' }, why: 'how many customers it touches' },
  {
    tool: 'usage-query',
    input: { question: 'feed-health' },
    why: 'whether data is missing that could still come',
  },
];

interface Known {
  readonly item: z.infer<typeof caseReply>;
  readonly recover: z.infer<typeof recoverReply> | undefined;
  readonly summary: z.infer<typeof summaryReply> | undefined;
  readonly health: z.infer<typeof healthReply> | undefined;
}

/**
 * Recommends by rule: an estimate or an unknown cause is a ticket; what is owed to customers is credited; what lapsed is
 * a ticket; else the remedy of the investigation where the finding admits it, or a rebill. Needs four look-ups.
 */
export const advise: Playbook = function* () {
  const given = yield CALLS;
  const [item, recover, summary, health] = Array.isArray(given) ? given : [given as ToolReply];
  const found = read(caseReply, item);
  if (found === undefined) return JSON.stringify(nothingKnown());
  const known: Known = {
    item: found,
    recover: read(recoverReply, recover),
    summary: read(summaryReply, summary),
    health: read(healthReply, health),
  };
  const remedy = chooseRemedy(known);
  const advice: Advice = {
    remedy,
    reasons: reasonsFor(remedy, known),
    risks: risksOf(remedy, known),
    alternatives: alternativesTo(remedy, known),
    answeredBy: ANSWERED_BY,
  };
  return JSON.stringify(advice);
};

function read<T>(form: z.ZodType<T>, reply: ToolReply | undefined): T | undefined {
  const parsed = form.safeParse(reply?.json);
  return parsed.success ? parsed.data : undefined;
}

const isZero = (decimal: string | undefined): boolean =>
  decimal === undefined || /^-?0*(\.0*)?$/.test(decimal);
const admits = ({ recover }: Known, remedy: Remedy): boolean =>
  recover?.remediesAdmitted.includes(remedy) ?? false;

function chooseRemedy(known: Known): Remedy {
  const { item, recover } = known;
  if (recover === undefined || recover.estimated === true) return 'ticket-only';
  if (item.direction === 'under-charged' && recover.openCases === 1 && isZero(recover.recoverableTotal))
    return 'ticket-only';
  const named = item.remedy;
  if (named !== undefined && admits(known, named)) return named;
  const money: Remedy = item.direction === 'over-charged' ? 'credit-note' : 'rebill-adjustment';
  return admits(known, money) ? money : 'ticket-only';
}

const cite = (text: string, ...evidenceIds: readonly string[]): Claim => ({ text, evidenceIds });
/** For reading: rounded half up to two decimals. */
const money = (decimal: string): string =>
  `EUR ${decimalString(rescale(parseMoney(decimal, 'EUR/6'), 2, 'half_up'))}`;

function reasonsFor(remedy: Remedy, { item, recover, summary }: Known): Claim[] {
  const { caseId, evidenceId, direction } = item;
  return [
    ...(direction === undefined
      ? []
      : [cite(`${caseId} is ${direction} by ${money(item.amount)}.`, evidenceId)]),
    ...(item.remedy === undefined
      ? []
      : [cite(`The proposal of ${caseId} names the remedy “${item.remedy}”.`, evidenceId)]),
    ...(recover === undefined
      ? []
      : remedy === 'ticket-only' && recover.estimated === true
        ? [
            cite(
              `The rules admit “${recover.remediesAdmitted.join('”, “')}” here: the amount is an estimate.`,
              recover.evidenceId,
            ),
          ]
        : recover.remediesAdmitted.includes(remedy)
          ? [
              cite(
                `The finding admits “${remedy}” by the rules that proposals are made with.`,
                recover.evidenceId,
              ),
            ]
          : []),
    ...(recover?.recoverableTotal === undefined || isZero(recover.recoverableTotal)
      ? []
      : [
          cite(
            `On ${recover.asOf}, ${money(recover.recoverableTotal)} of it can still be charged.`,
            recover.evidenceId,
          ),
        ]),
    ...(recover?.owedBackTotal === undefined || isZero(recover.owedBackTotal)
      ? []
      : [
          cite(
            `${money(recover.owedBackTotal)} is what customers are to get, and that does not lapse.`,
            recover.evidenceId,
          ),
        ]),
    ...(summary === undefined
      ? []
      : [cite(`It touches ${summary.subscriptions} subscriptions.`, summary.evidenceId)]),
  ];
}

function risksOf(remedy: Remedy, { item, recover, health, summary }: Known): Advice['risks'][number][] {
  const next = recover?.cases.find(({ caseId }) => caseId === item.caseId)?.nextLapse;
  const lapsing = recover?.lapsingTotal;
  return [
    ...(recover === undefined || lapsing === undefined || isZero(lapsing)
      ? next === undefined || next === null || recover === undefined
        ? []
        : [
            {
              kind: 'lapse' as const,
              ...cite(`What can be charged begins to lapse after ${next}.`, recover.evidenceId),
            },
          ]
      : [
          {
            kind: 'lapse' as const,
            ...cite(`${money(lapsing)} lapses within ${recover.lapsesWithinDays} days.`, recover.evidenceId),
          },
        ]),
    ...(recover?.estimated === true
      ? [
          {
            kind: 'estimate' as const,
            ...cite(`The amount of ${item.caseId} is an estimate.`, item.evidenceId),
          },
        ]
      : []),
    ...(health === undefined || health.complete
      ? []
      : health.missing.slice(0, 3).map(({ dataset, slotsMissing }) => ({
          kind: 'missing-data' as const,
          ...cite(`Feed “${dataset}” lacks ${slotsMissing} slots that may still come.`, health.evidenceId),
        }))),
    ...(remedy === 'rebill-adjustment' && summary !== undefined
      ? [
          {
            kind: 'customer-impact' as const,
            ...cite(`${summary.subscriptions} subscriptions get a later charge.`, summary.evidenceId),
          },
        ]
      : []),
    ...(item.cause === null || item.cause === undefined
      ? [
          {
            kind: 'cause-unproved' as const,
            ...cite(`No cause of ${item.caseId} is on record, so it may go on.`, item.evidenceId),
          },
        ]
      : []),
  ];
}

/** Each remedy that was not chosen and lies near: why not. */
function alternativesTo(remedy: Remedy, known: Known): Advice['alternatives'][number][] {
  const { item, recover } = known;
  const near: readonly Remedy[] = ['rebill-adjustment', 'credit-note', 'ticket-only'];
  if (recover === undefined) return [];
  return near
    .filter((other) => other !== remedy)
    .map((other) => {
      const text =
        other === 'ticket-only'
          ? `“ticket-only” would leave ${money(item.amount)} of ${item.caseId} where it is.`
          : recover.remediesAdmitted.includes(other)
            ? `“${other}” is admitted too; the proposal of ${item.caseId} names another.`
            : `${item.caseId} does not admit ${other}.`;
      return { remedy: other, ...cite(text, item.evidenceId, recover.evidenceId) };
    });
}

function nothingKnown(): Advice {
  return { remedy: 'ticket-only', reasons: [], risks: [], alternatives: [], answeredBy: ANSWERED_BY };
}
